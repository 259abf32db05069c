import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planEviction, planRepayment } from '../src/eviction/planner.js';
import { NO_LIMITS } from '../src/eviction/victims.js';
import { resident, type TestResident, victimsOf } from './support/victims.js';

const scored = (name: string, bytes: number, score: number) => resident(name, bytes, { score });

const plan = (list: readonly TestResident[], needBytes: number) =>
  planEviction(victimsOf(list), needBytes, NO_LIMITS);

const names = (victims: readonly TestResident[] | undefined) => victims?.map(({ name }) => name);

const candidates = fc
  .array(fc.record({ bytes: fc.nat({ max: 20 }), score: fc.integer({ min: -3, max: 3 }) }), { maxLength: 8 })
  .map((list) => list.map(({ bytes, score }, index) => scored(String(index), bytes, score)));

const sum = (list: readonly TestResident[]) => list.reduce((bytes, one) => bytes + one.bytes, 0);

describe('planEviction', () => {
  it('takes the lowest score first and no more than is needed', () => {
    const list = [scored('a', 10, 3), scored('b', 10, 1), scored('c', 10, 2)];
    expect(names(plan(list, 1))).toEqual(['b']);
    expect(names(plan(list, 11))).toEqual(['b', 'c']);
    expect(names(plan(list, 30))).toEqual(['b', 'c', 'a']);
  });

  it('20: breaks ties by the order of registration', () => {
    const list = [scored('first', 10, 1), scored('second', 10, 1), scored('third', 10, 1)];
    expect(names(plan(list, 20))).toEqual(['first', 'second']);
  });

  it('11: takes nothing where all together would not make the room', () => {
    expect(plan([scored('a', 10, 1), scored('b', 10, 2)], 21)).toBeUndefined();
    expect(plan([], 1)).toBeUndefined();
  });

  it('spares the small one that turned out not to be needed beside the large one', () => {
    const list = [scored('small', 10, 1), scored('large', 100, 2)];
    expect(names(plan(list, 100))).toEqual(['large']);
    expect(names(plan(list, 105))).toEqual(['small', 'large']);
  });

  it('spares the most valuable of those that are not needed', () => {
    const list = [scored('cheap', 10, 1), scored('dear', 10, 2), scored('large', 30, 3)];
    expect(names(plan(list, 40))).toEqual(['cheap', 'large']);
  });

  it('leaves what holds no bytes alone, however low its score', () => {
    expect(names(plan([scored('empty', 0, -9), scored('full', 5, 9)], 5))).toEqual(['full']);
  });

  it('takes nothing where nothing is needed', () => {
    expect(plan([scored('a', 10, 1)], 0)).toEqual([]);
  });

  it('makes room exactly where it can, with no victim to spare, for any candidates', () => {
    fc.assert(
      fc.property(candidates, fc.nat({ max: 100 }), (list, needBytes) => {
        const victims = plan(list, needBytes);
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
        const victims = plan(list, needBytes) ?? [];
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
    expect(names(planRepayment(victimsOf(list), 100))).toEqual(['b', 'a']);
    expect(names(planRepayment(victimsOf(list), 10))).toEqual(['b']);
    expect(planRepayment(victimsOf([]), 10)).toEqual([]);
  });
});
