import type { EvictionCandidate } from './policy.js';

/** A policy's score with its time filled in. */
export type Score = (candidate: EvictionCandidate) => number;

/**
 * Chooses what to evict to free `needBytes`: the lowest scores first, then none that turned out not to be needed.
 * `undefined` where all candidates together would not make the room: then nothing is worth evicting.
 *
 * @param candidates in registration order, which decides ties
 */
export function planEviction<C extends EvictionCandidate>(
  candidates: readonly C[],
  needBytes: number,
  score: Score,
): C[] | undefined {
  return bytesOf(candidates) < needBytes ? undefined : choose(candidates, needBytes, score);
}

/** Chooses what to evict towards `needBytes`, as far as it goes: a deficit is repaid even in part. */
export function planRepayment<C extends EvictionCandidate>(
  candidates: readonly C[],
  needBytes: number,
  score: Score,
): C[] {
  return choose(candidates, Math.min(needBytes, bytesOf(candidates)), score);
}

function choose<C extends EvictionCandidate>(candidates: readonly C[], needBytes: number, score: Score): C[] {
  const victims: C[] = [];
  let freed = 0;
  for (const candidate of ranked(candidates, score)) {
    if (freed >= needBytes) break;
    if (candidate.bytes <= 0) continue;
    victims.push(candidate);
    freed += candidate.bytes;
  }
  return withoutSpares(victims, freed - needBytes);
}

function bytesOf(candidates: readonly EvictionCandidate[]): number {
  return candidates.reduce((sum, candidate) => sum + candidate.bytes, 0);
}

function ranked<C extends EvictionCandidate>(candidates: readonly C[], score: Score): C[] {
  return candidates
    .map((candidate) => ({ candidate, score: score(candidate) }))
    .sort((a, b) => (a.score < b.score ? -1 : a.score > b.score ? 1 : 0))
    .map(({ candidate }) => candidate);
}

/** Drops victims whose bytes are not needed once the later ones are chosen too, the most valuable first. */
function withoutSpares<C extends EvictionCandidate>(victims: readonly C[], spareBytes: number): C[] {
  let spare = spareBytes;
  const kept = [...victims].reverse().filter((victim) => {
    if (victim.bytes > spare) return true;
    spare -= victim.bytes;
    return false;
  });
  return kept.reverse();
}
