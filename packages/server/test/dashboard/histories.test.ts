import { describe, expect, it } from 'vitest';
import {
  type Lanes,
  lanesSince,
  MOST_LANES,
  piecesOf,
  withSpan,
} from '../../src/dashboard/page/state/lanes.js';
import {
  beginningOf,
  columnsOf,
  HISTORY_MS,
  type MemoryPoint,
  pointOf,
  withPoint,
} from '../../src/dashboard/page/state/memory-history.js';
import { MOST_ENTRIES, reasonsOf, withExplanation } from '../../src/dashboard/page/state/timeline.js';
import { snapshot } from './samples.js';

const point = (at: number): MemoryPoint => pointOf(snapshot(at, [], { usedBytes: 40, reservedBytes: 20 }));

describe('the history of the memory', () => {
  it('counts reservations on top of what is used, in seconds for the chart', () => {
    expect(columnsOf([point(1_000), point(2_000)], 1_500)).toEqual([[2], [60], [40], [100]]);
  });

  it('goes back an hour, and begins anew where the clock went back', () => {
    const hour = [0, 1, HISTORY_MS, HISTORY_MS + 1].map(point).reduce<readonly MemoryPoint[]>(withPoint, []);
    expect(hour.map(({ at }) => at)).toEqual([1, HISTORY_MS, HISTORY_MS + 1]);
    expect(withPoint(hour, point(5))).toEqual([point(5)]);
    expect(withPoint([point(5)], point(5))).toEqual([point(5)]);
  });

  it('is drawn from what is known, at least a minute and at most the window', () => {
    const points = [point(1_000_000)];
    expect(beginningOf(points, 300_000, 1_010_000)).toBe(950_000);
    expect(beginningOf(points, 300_000, 1_200_000)).toBe(1_000_000);
    expect(beginningOf(points, 300_000, 9_000_000)).toBe(8_700_000);
    expect(beginningOf([], 300_000, 100_000)).toBe(40_000);
  });
});

describe('the lanes', () => {
  const lanes = (...steps: [string, Parameters<typeof withSpan>[2], number][]): Lanes =>
    steps.reduce<Lanes>((all, [name, state, at]) => withSpan(all, name, state, at), new Map());

  it('are pieces of the time that is drawn, empty where a model was not in memory', () => {
    const spans = lanes(
      ['m', 'idle', 0],
      ['m', 'loading', 20],
      ['m', 'ready', 40],
      ['m', 'ready', 50],
      ['m', 'idle', 60],
    ).get('m');
    expect(spans).toHaveLength(4);
    expect(piecesOf(spans ?? [], 0, 100)).toEqual([
      { state: 'loading', start: 0.2, width: 0.2 },
      { state: 'ready', start: 0.4, width: 0.2 },
    ]);
    expect(piecesOf(spans ?? [], 50, 150)).toEqual([{ state: 'ready', start: 0, width: 0.1 }]);
    expect(piecesOf(spans ?? [], 100, 100)).toEqual([]);
  });

  it('keep the state that was on when the history begins', () => {
    const spans = lanes(['m', 'ready', 0], ['m', 'draining', 10], ['m', 'idle', HISTORY_MS + 20]).get('m');
    expect(spans).toEqual([
      { state: 'draining', from: 10 },
      { state: 'idle', from: HISTORY_MS + 20 },
    ]);
  });

  it('are of the models that did something, in their order, those that changed last where there are too many', () => {
    const names = Array.from({ length: MOST_LANES + 2 }, (_, index) => `m${index}`);
    let all = lanes(['cold', 'idle', 0], ['before', 'ready', 0], ['before', 'idle', 5]);
    for (const [index, name] of names.entries()) all = withSpan(all, name, 'ready', 100 - index);
    expect(lanesSince(all, ['cold', 'before', ...names], 10)).toEqual(names.slice(0, MOST_LANES));
    expect(lanesSince(all, ['cold', 'before'], 4)).toEqual(['before']);
  });
});

describe('the timeline', () => {
  const decision = (at: number, reason: string) => ({ at, kind: 'loaded', reason, numbers: {} }) as const;
  const explained = (name: string, ...decisions: ReturnType<typeof decision>[]) =>
    ({ name, state: 'ready', summary: '', decisions }) as const;

  it('has each decision once, the newest first, also those of one moment', () => {
    let entries = withExplanation(
      [],
      explained('a', decision(1, 'first'), decision(3, 'third'), decision(3, 'fourth')),
    );
    entries = withExplanation(entries, explained('b', decision(2, 'second')));
    const again = withExplanation(entries, explained('a', decision(1, 'first'), decision(3, 'third')));
    expect(again).toBe(entries);
    expect(entries.map(({ name, reason }) => `${name} ${reason}`)).toEqual([
      'a fourth',
      'a third',
      'b second',
      'a first',
    ]);
    expect([...reasonsOf(entries)]).toEqual([
      ['a', 'fourth'],
      ['b', 'second'],
    ]);
  });

  it('is bounded', () => {
    const many = Array.from({ length: MOST_ENTRIES + 5 }, (_, index) => decision(index, String(index)));
    const entries = withExplanation([], explained('a', ...many));
    expect([entries.length, entries[0]?.reason]).toEqual([MOST_ENTRIES, String(MOST_ENTRIES + 4)]);
  });
});
