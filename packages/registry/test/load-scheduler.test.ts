import { describe, expect, it } from 'vitest';
import { decide, load, resident } from './support/schedule.js';

describe('the load scheduler', () => {
  it('starts what fits, in the order of arrival, as far as there are slots', () => {
    const queue = [load('late', 10, { order: 2 }), load('early', 10, { order: 1 })];
    expect(decide({ queue, freeSlots: 2 })).toEqual(['start early', 'start late']);
    expect(decide({ queue, freeSlots: 1 })).toEqual(['start early']);
    expect(decide({ queue, freeSlots: 0 })).toEqual([]);
  });

  it('8: starts live loads before background ones', () => {
    const queue = [load('preload', 10, { order: 1, priority: 'background' }), load('live', 10, { order: 2 })];
    expect(decide({ queue, freeSlots: 1 })).toEqual(['start live']);
  });

  it('9: never starts more than is free', () => {
    const queue = [load('a', 60, { order: 1 }), load('b', 60, { order: 2 })];
    expect(decide({ queue, freeSlots: 2 })).toEqual(['start a', 'block b']);
  });

  it('9: starts nothing in a deficit, which is repaid first', () => {
    const view = { queue: [load('b', 0)], freeBytes: -20, residents: [resident('a', 30)] };
    expect(decide(view)).toEqual(['evict a']);
    expect(decide({ ...view, residents: [], comingBytes: 20 })).toEqual([]);
  });

  it('9: a deficit that cannot be repaid now blocks what waits, and refuses what would not be helped', () => {
    const queue = [
      load('fits', 10, { order: 1 }),
      load('hopeless', 90, { order: 2 }),
      load('preload', 10, { order: 3, priority: 'background' }),
      load('huge', 101, { order: 4 }),
    ];
    const view = { queue, freeBytes: -20, immovableBytes: 20, residents: [resident('a', 5)] };
    expect(decide(view)).toEqual([
      'evict a',
      'refuse huge too-large',
      'block fits',
      'refuse hopeless no-room',
      'refuse preload no-room',
    ]);
  });

  it('10: refuses what exceeds the whole budget, evicting nobody, even without a free slot', () => {
    const view = { queue: [load('huge', 101)], freeBytes: 0, residents: [resident('a', 100)] };
    expect(decide(view)).toEqual(['refuse huge too-large']);
    expect(decide({ ...view, freeSlots: 0 })).toEqual(['refuse huge too-large']);
  });

  it('evicts for the load that needs room, and promises it the bytes', () => {
    const residents = [resident('cheap', 50, { score: 1 }), resident('dear', 50, { score: 2 })];
    expect(decide({ queue: [load('new', 50)], freeBytes: 0, residents })).toEqual([
      'evict cheap for new',
      'promise new',
    ]);
  });

  it('17: waits for bytes that are on their way instead of evicting more for them', () => {
    const view = { queue: [load('new', 50)], freeBytes: 10, comingBytes: 40, residents: [resident('a', 50)] };
    expect(decide(view)).toEqual(['promise new']);
  });

  it('promises the same bytes to one load only', () => {
    const queue = [load('first', 50, { order: 1 }), load('second', 50, { order: 2 })];
    const residents = [resident('a', 50), resident('b', 50)];
    expect(decide({ queue, freeBytes: 0, comingBytes: 50, residents })).toEqual([
      'promise first',
      'evict a for second',
      'promise second',
    ]);
    expect(decide({ queue, freeBytes: 0, comingBytes: 50 })).toEqual(['promise first', 'block second']);
  });

  it('12: evicts ahead for so many loads only, however many wait', () => {
    const queue = Array.from({ length: 40 }, (_, index) => load(`load ${index}`, 1, { order: index }));
    const residents = Array.from({ length: 40 }, (_, index) => resident(`${index}`, 1));
    const decisions = decide({ queue, freeBytes: 0, freeSlots: 2, residents });
    expect(decisions.filter((one) => one.startsWith('evict'))).toHaveLength(16);
    expect(decisions.filter((one) => one.startsWith('promise'))).toHaveLength(16);
  });

  it('lets what is left of a large victim go to the next load', () => {
    const queue = [load('first', 30, { order: 1 }), load('second', 20, { order: 2 })];
    expect(decide({ queue, freeBytes: 0, residents: [resident('large', 50)] })).toEqual([
      'evict large for first',
      'promise first',
      'promise second',
    ]);
  });

  it('11: evicts nobody where it would not help, and lets the load wait', () => {
    expect(decide({ queue: [load('new', 80)], freeBytes: 10, residents: [resident('a', 60)] })).toEqual([
      'block new',
    ]);
  });

  it('11: refuses at once what no wait would help', () => {
    const view = { queue: [load('new', 80)], freeBytes: 10, immovableBytes: 30 };
    expect(decide(view)).toEqual(['refuse new no-room']);
  });

  it('12: evicts nobody for a load that has no slot yet', () => {
    expect(
      decide({ queue: [load('new', 50)], freeBytes: 0, freeSlots: 0, residents: [resident('a', 50)] }),
    ).toEqual([]);
  });

  it('refuses a background load that finds no room instead of letting it wait', () => {
    const queue = [load('preload', 50, { priority: 'background' })];
    expect(decide({ queue, freeBytes: 0 })).toEqual(['refuse preload no-room']);
  });

  it('lets no preload push out what came after it began', () => {
    const queue = [load('preload', 50, { priority: 'background', asOf: 5 })];
    const before = [resident('before', 50, { order: 4 })];
    const after = [resident('after', 50, { order: 6 })];
    expect(decide({ queue, freeBytes: 0, residents: before })).toEqual([
      'evict before for preload',
      'promise preload',
    ]);
    expect(decide({ queue, freeBytes: 0, residents: after })).toEqual(['refuse preload no-room']);
  });

  it('lets a smaller load pass one that finds no room, until that one is overdue', () => {
    const small = load('small', 10, { order: 2 });
    const view = { freeBytes: 20 };
    expect(decide({ ...view, queue: [load('large', 80, { order: 1 }), small] })).toEqual([
      'block large',
      'start small',
    ]);
    expect(decide({ ...view, queue: [load('large', 80, { order: 1, overdue: true }), small] })).toEqual([
      'block large',
    ]);
  });

  it('10: refuses what is too large also behind an overdue load', () => {
    const queue = [load('large', 80, { order: 1, overdue: true }), load('huge', 101, { order: 2 })];
    expect(decide({ queue, freeBytes: 20 })).toEqual(['refuse huge too-large', 'block large']);
  });

  it('lets nothing wait behind an overdue load that is refused', () => {
    const queue = [load('large', 80, { order: 1, overdue: true }), load('small', 10, { order: 2 })];
    expect(decide({ queue, freeBytes: 20, immovableBytes: 50 })).toEqual([
      'refuse large no-room',
      'start small',
    ]);
  });

  it('21: spares what was just brought back, and says when to look again', () => {
    const residents = [
      resident('fresh', 50, { freshUntil: 120 }),
      resident('fresher', 50, { freshUntil: 150 }),
    ];
    const view = { queue: [load('new', 50)], freeBytes: 0, residents };
    expect(decide({ ...view, now: 100 })).toEqual(['block new', 'recheck at 120']);
    expect(decide({ ...view, now: 120 })).toEqual(['evict fresh for new', 'promise new']);
  });
});
