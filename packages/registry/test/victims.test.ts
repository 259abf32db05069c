import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FadingRanking } from '../src/eviction/fading-ranking.js';
import { planEviction, planRepayment } from '../src/eviction/planner.js';
import { type EvictionCandidate, lfuPolicy, lruPolicy } from '../src/eviction/policy.js';
import { type Order, Victims } from '../src/eviction/victims.js';
import { Ranking } from '../src/ranking.js';
import { plainPlan, rankedBy, resident, type TestResident, victimsOf } from './support/victims.js';

const EVER = Number.POSITIVE_INFINITY;

const names = (list: readonly TestResident[] | undefined) => list?.map(({ name }) => name);

describe('the victims', () => {
  it('19: leave out who is in use when its turn comes, and tell it so', () => {
    const busy = resident('busy', 10, { score: 1, evictable: false });
    const victims = victimsOf([busy, resident('idle', 10, { score: 2 })]);
    expect(names(planEviction(victims, 10, { asOf: EVER, now: 0 }))).toEqual(['idle']);
    expect(busy.unranked).toBe(true);
    expect(victims.bytes({ asOf: EVER, now: 0 })).toBe(0);
  });

  it('11: tell without drawing anybody that all together could not be enough', () => {
    let scored = 0;
    const victims = rankedBy(() => {
      scored += 1;
      return 0;
    });
    const fresh = resident('fresh', 50, { freshUntil: 9 });
    for (const one of [resident('a', 10), resident('b', 10), fresh]) victims.add(one);
    scored = 0;
    expect(planEviction(victims, 21, { asOf: EVER, now: 0 })).toBeUndefined();
    expect(scored).toBe(0);
    expect(planEviction(victims, 21, { asOf: EVER, now: 9 })).toBeDefined();
  });

  it('look at what came after a preload once, however many loads the preload asks for', () => {
    let scored = 0;
    const victims = rankedBy(({ score }) => {
      scored += 1;
      return score;
    });
    const newer = Array.from({ length: 100 }, (_, index) => resident(`newer ${index}`, 1, { order: 9 }));
    for (const one of [...newer, resident('older', 1, { score: 1, order: 1 })]) victims.add(one);
    const limits = { asOf: 5, now: 0 };
    for (const one of planEviction(victims, 1, limits) ?? []) victims.add(one);
    scored = 0;
    expect(names(planEviction(victims, 1, limits))).toEqual(['older']);
    expect(scored).toBe(1);
    expect(names(planEviction(victims, 1, { asOf: EVER, now: 0 }))).toEqual(['newer 0']);
  });

  it('9: repay a deficit also with what a preload may not push out', () => {
    const victims = victimsOf([resident('newer', 5, { order: 9 })]);
    expect(planEviction(victims, 5, { asOf: 5, now: 0 })).toBeUndefined();
    expect(names(planRepayment(victims, 5))).toEqual(['newer']);
  });
});

/** How residents are scored, and kept in that order. */
interface Scoring {
  readonly score: (candidate: EvictionCandidate, now: number) => number;
  readonly order: Order<TestResident>;
}

const tie = ({ registered }: TestResident) => registered;

const byUses = (score: (candidate: EvictionCandidate) => number): Scoring => ({
  score,
  order: new Ranking<TestResident>({ key: score, tie }),
});

/** Fades with the time since the last use, the sooner the less it is worth; the weights are rounded to powers of two. */
function fading(): Scoring {
  const weight = ({ loadMs, uses }: EvictionCandidate) => 2 ** Math.floor(Math.log2((loadMs + 1) * uses));
  const since = ({ lastUsedAt, gapMs }: EvictionCandidate) => lastUsedAt - gapMs;
  const score = (candidate: EvictionCandidate, now: number) => weight(candidate) / (now - since(candidate));
  return { score, order: new FadingRanking<TestResident>({ weight, since, score, tie }) };
}

/** Greedy-Dual with a frequency, as the score of a policy that ages by the registry's inflation. */
const greedyDual = ({ inflation, loadMs, uses, bytes }: EvictionCandidate) =>
  inflation + (loadMs * Math.sqrt(uses)) / Math.max(1, bytes);

const small = fc.nat({ max: 12 });
const operation = fc.record({
  what: fc.constantFrom('load', 'load', 'use', 'use', 'hold', 'release', 'resize', 'go', 'plan', 'plan'),
  pick: fc.nat({ max: 60 }),
  bytes: small,
  cost: small,
  age: small,
});

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Plays residents, and has the heap and the plain sort choose among the same ones each time. */
class Play {
  readonly #scoring: Scoring;
  readonly #victims: Victims<TestResident>;
  readonly #residents: TestResident[] = [];
  #now = 0;
  #inflation = 0;
  #loaded = 0;

  constructor(scoring: Scoring) {
    this.#scoring = scoring;
    this.#victims = new Victims(scoring.order);
  }

  perform({ what, pick, bytes, cost, age }: Operation): void {
    this.#now += 1;
    const one = this.#residents[pick % Math.max(1, this.#residents.length)];
    if (what === 'load') return this.#load(bytes, cost, age);
    if (what === 'plan') return this.#plan(bytes * 3, pick, age);
    if (one === undefined) return;
    if (what === 'use') this.#touch(one);
    if (what === 'hold') Object.assign(one, { evictable: false });
    if (what === 'release') {
      Object.assign(one, { evictable: true });
      this.#touch(one);
    }
    if (what === 'resize') {
      Object.assign(one, { bytes });
      this.#victims.delete(one);
      one.unranked = true;
      this.#comeBack(one);
    }
    if (what === 'go') this.#go(one);
  }

  #load(bytes: number, loadMs: number, age: number): void {
    this.#loaded += 1;
    const now = this.#now;
    const loaded = resident(`${this.#loaded}`, bytes, {
      // Names are registered in another order than they are loaded in.
      registered: (this.#loaded * 7) % 1_009,
      order: this.#loaded,
      loadMs,
      loadedAt: now,
      lastUsedAt: now,
      gapMs: loadMs * 3 + 1,
      inflation: this.#inflation,
      freshUntil: age > 9 ? now + age : now,
      unranked: true,
    });
    this.#residents.push(loaded);
    this.#comeBack(loaded);
  }

  #touch(one: TestResident): void {
    Object.assign(one, { uses: one.uses + 1, lastUsedAt: this.#now, inflation: this.#inflation });
    this.#comeBack(one);
  }

  #comeBack(one: TestResident): void {
    if (one.unranked && one.evictable) this.#victims.add(one);
  }

  #plan(needBytes: number, pick: number, age: number): void {
    const asOf = pick % 3 === 0 ? Math.max(1, this.#loaded - age) : EVER;
    const limits = { asOf, now: this.#now };
    const inOrder = [...this.#residents].sort((a, b) => a.registered - b.registered);
    const score = (candidate: EvictionCandidate) => this.#scoring.score(candidate, this.#now);
    const expected = plainPlan(inOrder, { needBytes, ...limits }, score);
    const chosen = planEviction(this.#victims.at(this.#now), needBytes, limits);
    expect(names(chosen)).toEqual(names(expected));
    for (const victim of chosen ?? []) {
      this.#victims.add(victim);
      if (pick % 2 === 0) continue;
      this.#inflation = Math.max(this.#inflation, score(victim));
      this.#go(victim);
    }
  }

  #go(one: TestResident): void {
    this.#victims.delete(one);
    this.#residents.splice(this.#residents.indexOf(one), 1);
  }
}

describe('20: the victims are those that a plain sort of all residents would give', () => {
  it.each([
    ['lru', () => byUses((candidate) => lruPolicy.score(candidate, 0))],
    ['lfu', () => byUses((candidate) => lfuPolicy.score(candidate, 0))],
    ['Greedy-Dual', () => byUses(greedyDual)],
    ['a score that is the same for all', () => byUses(() => 0)],
    ['a score that fades', fading],
  ])('by %s, whatever was loaded, used, held, resized and evicted before', (_name, scoring) => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 50, maxLength: 400 }), (operations) => {
        const play = new Play(scoring());
        for (const one of operations) play.perform(one);
      }),
      { numRuns: 150 },
    );
  });
});
