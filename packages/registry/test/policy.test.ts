import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  costPolicy,
  type EvictionCandidate,
  type EvictionPolicy,
  lfuPolicy,
  lruPolicy,
} from '../src/eviction/policy.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOW = 100 * HOUR;

const candidate = (facts: Partial<EvictionCandidate>): EvictionCandidate => ({
  name: 'model',
  bytes: 1_000_000,
  loadMs: 1_000,
  uses: 10,
  loadedAt: 0,
  lastUsedAt: NOW - MINUTE,
  inflation: 0,
  gapMs: MINUTE,
  ...facts,
});

/** Which of two models the policy lets go first. */
const first = (policy: EvictionPolicy, a: Partial<EvictionCandidate>, b: Partial<EvictionCandidate>) =>
  policy.score(candidate(a), NOW) < policy.score(candidate(b), NOW) ? 'a' : 'b';

describe('20: the cost policy', () => {
  it('lets go what is quick to bring back before what is slow', () => {
    expect(first(costPolicy, { loadMs: 100 }, { loadMs: 1_000 })).toBe('a');
  });

  it('lets go what frees much before what frees little', () => {
    expect(first(costPolicy, { bytes: 1_000_000_000 }, { bytes: 1_000_000 })).toBe('a');
  });

  it('lets go what is seldom used before what is often', () => {
    expect(first(costPolicy, { uses: 1 }, { uses: 100 })).toBe('a');
  });

  it('lets go what was last used long ago before what was used just now', () => {
    expect(first(costPolicy, { lastUsedAt: NOW - HOUR }, { lastUsedAt: NOW })).toBe('a');
  });

  it('lets go what is used once an hour before what is used once a minute, both just used', () => {
    expect(first(costPolicy, { gapMs: HOUR, lastUsedAt: NOW }, { gapMs: MINUTE, lastUsedAt: NOW })).toBe('a');
  });

  it('keeps what was popular only so long', () => {
    const wasPopular = { uses: 10_000, gapMs: SECOND, lastUsedAt: NOW - HOUR };
    expect(first(costPolicy, wasPopular, { uses: 4, lastUsedAt: NOW })).toBe('a');
  });

  it('keeps the order of those it gives one weight, and lets others change places while nobody uses them', () => {
    const slow = candidate({ loadMs: 60_000, lastUsedAt: NOW - 2 * MINUTE, gapMs: MINUTE });
    const quick = candidate({ loadMs: 3_000, lastUsedAt: NOW, gapMs: SECOND });
    const lower = (now: number) =>
      costPolicy.score(slow, now) < costPolicy.score(quick, now) ? 'slow' : 'quick';
    expect(lower(NOW)).toBe('slow');
    expect(lower(NOW + HOUR)).toBe('quick');
  });

  const figure = fc.nat({ max: 2 ** 40 });
  const facts = fc.record({
    bytes: figure,
    loadMs: figure,
    uses: figure,
    lastUsedAt: figure,
    gapMs: fc.integer({ min: 1_000, max: 2 ** 40 }),
  });

  it('gives a finite score above 0 to anything, also at the very moment of a use and before it', () => {
    fc.assert(
      fc.property(facts, figure, (some, now) => {
        const score = costPolicy.score(candidate(some), now);
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThan(Number.POSITIVE_INFINITY);
      }),
    );
  });

  it('scores by its weight and what that fades from, which is what the order is kept by', () => {
    fc.assert(
      fc.property(facts, fc.nat({ max: 2 ** 40 }), (some, idleMs) => {
        const one = candidate(some);
        const now = one.lastUsedAt + idleMs;
        const { weight, since } = costPolicy.fading ?? {};
        expect(costPolicy.score(one, now)).toBe((weight?.(one) ?? 0) / (now - (since?.(one) ?? 0)));
      }),
    );
  });

  it('never lowers a weight by a use, nor lets it fade from earlier', () => {
    fc.assert(
      fc.property(facts, fc.nat({ max: 2 ** 40 }), (some, laterMs) => {
        const { weight = () => 0, since = () => 0 } = costPolicy.fading ?? {};
        const before = candidate(some);
        // As the registry counts gaps: of a second at least, a tenth of the way to the last one (geometric).
        const gapMs = laterMs < SECOND ? before.gapMs : before.gapMs * (laterMs / before.gapMs) ** 0.1;
        const after = candidate({
          ...some,
          uses: some.uses + 1,
          lastUsedAt: some.lastUsedAt + laterMs,
          gapMs,
        });
        expect(weight(after)).toBeGreaterThanOrEqual(weight(before));
        expect(since(after)).toBeGreaterThanOrEqual(since(before));
      }),
    );
  });

  it('has few weights: half powers of two', () => {
    const weights = new Set<number | undefined>();
    for (let loadMs = 0; loadMs < 60_000; loadMs += 7) {
      for (const uses of [0, 1, 9, 99, 9_999])
        weights.add(costPolicy.fading?.weight(candidate({ loadMs, uses })));
    }
    expect(weights.size).toBeLessThan(40);
  });

  it('is a pure function of the candidate and the time', () => {
    const frozen = Object.freeze(candidate({}));
    expect(costPolicy.score(frozen, NOW)).toBe(costPolicy.score(frozen, NOW));
  });
});

describe('20: the other policies', () => {
  it('lru lets go what was used least recently', () => {
    expect(first(lruPolicy, { lastUsedAt: 1 }, { lastUsedAt: 2, uses: 0 })).toBe('a');
  });

  it('lfu lets go what was used least often', () => {
    expect(first(lfuPolicy, { uses: 1, lastUsedAt: 9 }, { uses: 2 })).toBe('a');
  });

  it('each says its name', () => {
    expect([costPolicy, lruPolicy, lfuPolicy].map(({ name }) => name)).toEqual(['cost', 'lru', 'lfu']);
  });
});
