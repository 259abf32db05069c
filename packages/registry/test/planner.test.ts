import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planEviction, planRepayment } from '../src/eviction/planner.js';
import type { EvictionCandidate } from '../src/eviction/policy.js';

interface Scored extends EvictionCandidate {
  readonly score: number;
}

const byScore = (candidate: EvictionCandidate) => (candidate as Scored).score;

function scored(name: string, bytes: number, score: number): Scored {
  return { name, bytes, score, loadMs: 1, uses: 1, loadedAt: 0, lastUsedAt: 0 };
}

const names = (victims: readonly EvictionCandidate[] | undefined) => victims?.map(({ name }) => name);

const candidates = fc
  .array(fc.record({ bytes: fc.nat({ max: 20 }), score: fc.integer({ min: -3, max: 3 }) }), { maxLength: 8 })
  .map((list) => list.map(({ bytes, score }, index) => scored(String(index), bytes, score)));

const sum = (list: readonly EvictionCandidate[]) => list.reduce((bytes, one) => bytes + one.bytes, 0);

describe('planEviction', () => {
  it('takes the lowest score first and no more than is needed', () => {
    const list = [scored('a', 10, 3), scored('b', 10, 1), scored('c', 10, 2)];
    expect(names(planEviction(list, 1, byScore))).toEqual(['b']);
    expect(names(planEviction(list, 11, byScore))).toEqual(['b', 'c']);
    expect(names(planEviction(list, 30, byScore))).toEqual(['b', 'c', 'a']);
  });

  it('20: breaks ties by the order of registration', () => {
    const list = [scored('first', 10, 1), scored('second', 10, 1), scored('third', 10, 1)];
    expect(names(planEviction(list, 20, byScore))).toEqual(['first', 'second']);
  });

  it('11: takes nothing where all together would not make the room', () => {
    expect(planEviction([scored('a', 10, 1), scored('b', 10, 2)], 21, byScore)).toBeUndefined();
    expect(planEviction([], 1, byScore)).toBeUndefined();
  });

  it('spares the small one that turned out not to be needed beside the large one', () => {
    const list = [scored('small', 10, 1), scored('large', 100, 2)];
    expect(names(planEviction(list, 100, byScore))).toEqual(['large']);
    expect(names(planEviction(list, 105, byScore))).toEqual(['small', 'large']);
  });

  it('spares the most valuable of those that are not needed', () => {
    const list = [scored('cheap', 10, 1), scored('dear', 10, 2), scored('large', 30, 3)];
    expect(names(planEviction(list, 40, byScore))).toEqual(['cheap', 'large']);
  });

  it('leaves what holds no bytes alone, however low its score', () => {
    expect(names(planEviction([scored('empty', 0, -9), scored('full', 5, 9)], 5, byScore))).toEqual(['full']);
  });

  it('takes nothing where nothing is needed', () => {
    expect(planEviction([scored('a', 10, 1)], 0, byScore)).toEqual([]);
  });

  it('makes room exactly where it can, with no victim to spare, for any candidates', () => {
    fc.assert(
      fc.property(candidates, fc.nat({ max: 100 }), (list, needBytes) => {
        const before = structuredClone(list);
        const victims = planEviction(list, needBytes, byScore);
        expect(list).toEqual(before);
        expect(victims === undefined).toBe(sum(list) < needBytes);
        if (victims === undefined) return;
        expect(new Set(victims).size).toBe(victims.length);
        for (const victim of victims) expect(list).toContain(victim);
        expect(sum(victims)).toBeGreaterThanOrEqual(needBytes);
        for (const victim of victims) expect(sum(victims) - victim.bytes).toBeLessThan(needBytes);
      }),
    );
  });

  it('never takes the dearer of two equally large ones and leaves the cheaper', () => {
    fc.assert(
      fc.property(candidates, fc.nat({ max: 100 }), (list, needBytes) => {
        const victims = planEviction(list, needBytes, byScore) ?? [];
        for (const victim of victims) {
          const cheaper = list.filter((one) => one.bytes === victim.bytes && one.score < victim.score);
          for (const one of cheaper) expect(victims).toContain(one);
        }
      }),
    );
  });
});

describe('planRepayment', () => {
  it('9: repays a deficit as far as it goes', () => {
    const list = [scored('a', 10, 2), scored('b', 10, 1)];
    expect(names(planRepayment(list, 100, byScore))).toEqual(['b', 'a']);
    expect(names(planRepayment(list, 10, byScore))).toEqual(['b']);
    expect(planRepayment([], 10, byScore)).toEqual([]);
  });
});
