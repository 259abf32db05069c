import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schedule } from '../src/load-scheduler.js';
import { load, resident, type TestView, viewOf } from './support/schedule.js';

const bytes = fc.nat({ max: 60 });
const loads = fc.array(
  fc.record({
    bytes: fc.nat({ max: 120 }),
    priority: fc.constantFrom('live' as const, 'background' as const),
    asOf: fc.nat({ max: 20 }),
    overdue: fc.boolean(),
  }),
  { maxLength: 6 },
);
const residents = fc.array(
  fc.record({
    bytes,
    score: fc.nat({ max: 5 }),
    order: fc.nat({ max: 20 }),
    freshUntil: fc.nat({ max: 20 }),
  }),
  { maxLength: 6 },
);

/** Any state that the books can be in: what is free is the budget less all that holds bytes. */
const views: fc.Arbitrary<TestView> = fc
  .record({
    loads,
    residents,
    comingBytes: bytes,
    immovableBytes: bytes,
    busyBytes: bytes,
    freeSlots: fc.nat({ max: 3 }),
    now: fc.nat({ max: 20 }),
  })
  .map(({ loads, residents, busyBytes, comingBytes, immovableBytes, freeSlots, now }) => {
    const held = residents.reduce((sum, one) => sum + one.bytes, busyBytes + comingBytes + immovableBytes);
    return viewOf({
      queue: loads.map((facts, order) => load(`load ${order}`, facts.bytes, { ...facts, order })),
      residents: residents.map((facts, index) => resident(`resident ${index}`, facts.bytes, facts)),
      freeBytes: 100 - held,
      comingBytes,
      immovableBytes,
      freeSlots,
      now,
    });
  });

/** The decisions of a view, taken apart. */
function decided(view: TestView) {
  const { decisions } = schedule(view);
  const of = (kind: string) =>
    decisions.flatMap((one) => (one.kind === kind && 'load' in one && one.load ? [one.load] : []));
  const evictions = decisions.flatMap((one) => (one.kind === 'evict' ? [one] : []));
  return {
    decisions,
    starts: of('start'),
    promised: of('promise'),
    refused: of('refuse'),
    blocked: of('block'),
    evictions,
  };
}

const sum = (list: readonly { bytes: number }[]) => list.reduce((total, one) => total + one.bytes, 0);

/** Checks what must hold of the decisions about any view. */
function holds(check: (view: TestView, result: ReturnType<typeof decided>) => void) {
  fc.assert(
    fc.property(views, (view) => check(view, decided(view))),
    { numRuns: 500 },
  );
}

describe('for any queue, books and residents, the scheduler', () => {
  it('9: starts no more than is free, and no more loads than there are slots', () => {
    holds(({ freeBytes, freeSlots }, { starts }) => {
      expect(sum(starts)).toBeLessThanOrEqual(Math.max(0, freeBytes));
      expect(starts.length).toBeLessThanOrEqual(freeSlots);
    });
  });

  it('9: starts nothing and makes no promise in a deficit', () => {
    holds(({ freeBytes }, { starts, promised }) => {
      if (freeBytes < 0) expect([...starts, ...promised]).toEqual([]);
    });
  });

  it('9: promises no byte twice: with all that it evicts, what it starts and promises fits', () => {
    holds(({ freeBytes, comingBytes }, { starts, promised, evictions }) => {
      if (freeBytes < 0) return;
      const evicted = sum(evictions.flatMap(({ victims }) => victims));
      expect(sum(starts) + sum(promised)).toBeLessThanOrEqual(freeBytes + comingBytes + evicted);
    });
  });

  it('11: evicts for a load only where that makes its room', () => {
    holds((_view, { evictions, promised }) => {
      for (const { load } of evictions) if (load !== undefined) expect(promised).toContain(load);
    });
  });

  it('evicts nobody twice, and nobody who is not there', () => {
    holds(({ residents }, { evictions }) => {
      const victims = evictions.flatMap((one) => one.victims);
      expect(new Set(victims).size).toBe(victims.length);
      for (const victim of victims) expect(residents).toContain(victim);
    });
  });

  it('21: evicts for a load nobody who is fresh, and for a preload nobody who came after it', () => {
    holds(({ now }, { evictions }) => {
      for (const { load, victims } of evictions) {
        if (load === undefined) continue;
        for (const victim of victims) {
          expect(victim.freshUntil).toBeLessThanOrEqual(now);
          if (load.priority === 'background') expect(victim.order).toBeLessThan(load.asOf);
        }
      }
    });
  });

  it('decides one thing about a load, or nothing', () => {
    holds((_view, { starts, promised, refused, blocked }) => {
      const named = [...starts, ...promised, ...refused, ...blocked];
      expect(new Set(named).size).toBe(named.length);
    });
  });

  it('10: refuses as too large exactly what exceeds the budget', () => {
    holds(({ queue, budgetBytes }, { decisions }) => {
      const tooLarge = decisions.flatMap((one) =>
        one.kind === 'refuse' && one.reason === 'too-large' ? [one.load] : [],
      );
      expect(new Set(tooLarge)).toEqual(new Set(queue.filter((one) => one.bytes > budgetBytes)));
    });
  });

  it('gives the same answer to the same question, and changes nothing that it was given', () => {
    holds((view, { decisions }) => {
      const { victims: _victims, ...data } = view;
      const before = structuredClone(data);
      expect(schedule(view).decisions).toEqual(decisions);
      const { victims: _same, ...after } = view;
      expect(after).toEqual(before);
    });
  });
});
