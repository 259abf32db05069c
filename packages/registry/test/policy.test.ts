import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costPolicy, type EvictionCandidate, lfuPolicy, lruPolicy } from '../src/eviction/policy.js';

const candidate = (facts: Partial<EvictionCandidate>): EvictionCandidate => ({
  name: 'model',
  bytes: 1_000,
  loadMs: 100,
  uses: 10,
  loadedAt: 0,
  lastUsedAt: 0,
  ...facts,
});

/** Which of two models the policy lets go first, at 10 000 ms. */
const first = (policy: typeof costPolicy, a: Partial<EvictionCandidate>, b: Partial<EvictionCandidate>) =>
  policy.score(candidate(a), 10_000) < policy.score(candidate(b), 10_000) ? 'a' : 'b';

describe('20: the cost policy', () => {
  it('lets go what is quick to bring back before what is slow', () => {
    expect(first(costPolicy, { loadMs: 10 }, { loadMs: 1_000 })).toBe('a');
  });

  it('lets go what is seldom wanted before what is often', () => {
    expect(first(costPolicy, { uses: 1 }, { uses: 100 })).toBe('a');
  });

  it('lets go what frees much before what frees little', () => {
    expect(first(costPolicy, { bytes: 1_000_000 }, { bytes: 1_000 })).toBe('a');
  });

  it('lets go what was last used long ago before what was used just now', () => {
    expect(first(costPolicy, { lastUsedAt: 1_000 }, { lastUsedAt: 9_000 })).toBe('a');
  });

  it('keeps what was once popular only so long', () => {
    const once = { uses: 10_000, lastUsedAt: 0 };
    const now = { uses: 4, lastUsedAt: 9_900 };
    expect(first(costPolicy, once, now)).toBe('a');
  });

  it('gives a finite score above 0 to anything, also at the very moment of a use', () => {
    const figures = fc.nat({ max: 2 ** 40 });
    fc.assert(
      fc.property(figures, figures, figures, figures, figures, (bytes, loadMs, uses, lastUsedAt, now) => {
        const score = costPolicy.score(candidate({ bytes, loadMs, uses, lastUsedAt }), now);
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThan(Number.POSITIVE_INFINITY);
      }),
    );
  });

  it('is a pure function of the candidate and the time', () => {
    const frozen = Object.freeze(candidate({}));
    expect(costPolicy.score(frozen, 5_000)).toBe(costPolicy.score(frozen, 5_000));
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
