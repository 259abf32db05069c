import type { EvictionCandidate } from '../../src/eviction/policy.js';
import { type Resident, Victims } from '../../src/eviction/victims.js';
import { Ranking } from '../../src/ranking.js';

export interface TestResident extends Resident {
  score: number;
}

/** An evictable resident of no age and no worth, unless told otherwise. */
export function resident(name: string, bytes: number, facts: Partial<TestResident> = {}): TestResident {
  const times = { loadMs: 1, uses: 1, loadedAt: 0, lastUsedAt: 0, inflation: 0, gapMs: 1_000 };
  const place = { registered: 0, order: 0, freshUntil: 0, evictable: true, unranked: false };
  return { name, bytes, score: 0, ...place, ...times, ...facts };
}

/** Kept in the order of a score that uses only raise. */
export function rankedBy(score: (resident: TestResident) => number): Victims<TestResident> {
  return new Victims(new Ranking({ key: score, tie: ({ registered }) => registered }));
}

/** The residents as the planner takes them, by their own scores; equal ones in the order given. */
export function victimsOf(residents: readonly TestResident[]): Victims<TestResident> {
  const victims = rankedBy(({ score }) => score);
  for (const [registered, one] of residents.entries()) victims.add(Object.assign(one, { registered }));
  return victims;
}

interface Demand {
  readonly needBytes: number;
  readonly asOf: number;
  readonly now: number;
}

/**
 * What `planEviction` comes to without a heap: all sorted, anew for each decision.
 *
 * @param residents in registration order
 */
export function plainPlan<R extends Resident>(
  residents: readonly R[],
  { needBytes, asOf, now }: Demand,
  score: (candidate: EvictionCandidate) => number,
): R[] | undefined {
  const candidates = residents.filter(
    (one) => one.evictable && one.bytes > 0 && one.order < asOf && one.freshUntil <= now,
  );
  const chosen: R[] = [];
  let freed = 0;
  for (const one of [...candidates].sort((a, b) => score(a) - score(b))) {
    if (freed >= needBytes) break;
    chosen.push(one);
    freed += one.bytes;
  }
  if (freed < needBytes) return undefined;
  return chosen
    .reverse()
    .filter((one) => {
      if (one.bytes > freed - needBytes) return true;
      freed -= one.bytes;
      return false;
    })
    .reverse();
}
