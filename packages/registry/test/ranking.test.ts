import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ranking } from '../src/ranking.js';

interface Thing {
  readonly name: string;
  readonly bytes: number;
  readonly tie: number;
  key: number;
}

const thing = (name: string, key: number, tie = 0, bytes = 1): Thing => ({ name, key, tie, bytes });

function rankingOf(...things: Thing[]): Ranking<Thing> {
  const ranking = new Ranking<Thing>({ key: ({ key }) => key, tie: ({ tie }) => tie });
  for (const one of things) ranking.add(one);
  return ranking;
}

const drawAll = (ranking: Ranking<Thing>) => {
  const drawn: string[] = [];
  for (let one = ranking.draw(); one !== undefined; one = ranking.draw()) drawn.push(one.name);
  return drawn;
};

describe('a ranking', () => {
  it('gives the lowest key first, and equal ones by their tie', () => {
    const ranking = rankingOf(thing('c', 2), thing('b', 1, 2), thing('a', 1, 1));
    expect(drawAll(ranking)).toEqual(['a', 'b', 'c']);
    expect(ranking.size).toBe(0);
  });

  it('notices by itself that a key has risen', () => {
    const risen = thing('risen', 1);
    const ranking = rankingOf(risen, thing('b', 2));
    risen.key = 3;
    expect(drawAll(ranking)).toEqual(['b', 'risen']);
  });

  it('comes to an end where a key rises at every look', () => {
    let looks = 0;
    const ranking = new Ranking<Thing>({ key: () => ++looks, tie: ({ tie }) => tie });
    for (const name of ['a', 'b', 'c']) ranking.add(thing(name, 0));
    expect(drawAll(ranking).toSorted()).toEqual(['a', 'b', 'c']);
    expect(looks).toBeLessThan(20);
  });

  it('places anew what is added again: its key may have fallen', () => {
    const fallen = thing('fallen', 3);
    const ranking = rankingOf(fallen, thing('b', 2));
    fallen.key = 1;
    ranking.add(fallen);
    expect(ranking.size).toBe(2);
    expect(drawAll(ranking)).toEqual(['fallen', 'b']);
  });

  it('forgets what left, of whichever there are many', () => {
    const things = Array.from({ length: 1_000 }, (_, index) => thing(`${index}`, 1_000 - index));
    const ranking = rankingOf(...things);
    for (const one of things.slice(0, 998)) ranking.delete(one);
    expect(ranking.bytes).toBe(2);
    expect(drawAll(ranking)).toEqual(['999', '998']);
  });

  it('is the plain sort, whatever joins, rises, is placed anew and leaves', () => {
    const operation = fc.record({
      what: fc.constantFrom('join', 'rise', 'again', 'leave', 'draw'),
      pick: fc.nat({ max: 30 }),
      by: fc.nat({ max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 150 }), (operations) => {
        const ranking = rankingOf();
        const inside: Thing[] = [];
        let joined = 0;
        for (const { what, pick, by } of operations) {
          const picked = inside[pick % Math.max(1, inside.length)];
          if (what === 'join') {
            joined += 1;
            const one = thing(`${joined}`, by, joined, by);
            inside.push(one);
            ranking.add(one);
          } else if (what === 'draw') {
            inside.sort((a, b) => a.key - b.key || a.tie - b.tie);
            expect(ranking.draw()).toBe(inside.shift());
          } else if (picked !== undefined) {
            if (what === 'rise') picked.key += by;
            else if (what === 'leave') inside.splice(inside.indexOf(picked), 1);
            if (what === 'leave') ranking.delete(picked);
            if (what === 'again') {
              picked.key -= by;
              ranking.add(picked);
            }
          }
          expect(ranking.size).toBe(inside.length);
          expect(ranking.bytes).toBe(inside.reduce((sum, { bytes }) => sum + bytes, 0));
        }
      }),
      { numRuns: 300 },
    );
  });
});
