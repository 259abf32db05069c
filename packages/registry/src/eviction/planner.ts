import { type Limits, NO_LIMITS, type Resident, type Victims } from './victims.js';

/**
 * Chooses what to evict to free `needBytes`: the lowest scores first, then none that turned out not to be needed.
 * `undefined` where all that may go would not make the room together: then nothing is worth evicting.
 *
 * What is chosen stays drawn; the caller adds it again, whatever it decides.
 */
export function planEviction<R extends Resident>(
  victims: Victims<R>,
  needBytes: number,
  limits: Limits,
): R[] | undefined {
  if (victims.bytes(limits) < needBytes) return undefined;
  const chosen = choose(victims, needBytes, limits);
  if (bytesOf(chosen) >= needBytes) return chosen;
  for (const resident of chosen) victims.add(resident);
  return undefined;
}

/** Chooses what to evict towards `needBytes`, as far as it goes: a deficit is repaid even in part. */
export function planRepayment<R extends Resident>(victims: Victims<R>, needBytes: number): R[] {
  return choose(victims, needBytes, NO_LIMITS);
}

function choose<R extends Resident>(victims: Victims<R>, needBytes: number, limits: Limits): R[] {
  const chosen: R[] = [];
  let freed = 0;
  while (freed < needBytes) {
    const next = victims.draw(limits);
    if (next === undefined) break;
    chosen.push(next);
    freed += next.bytes;
  }
  const kept = withoutSpares(chosen, freed - needBytes);
  if (kept.length < chosen.length) {
    const needed = new Set(kept);
    for (const resident of chosen) if (!needed.has(resident)) victims.add(resident);
  }
  return kept;
}

/** Drops victims whose bytes are not needed once the later ones are chosen too, the most valuable first. */
function withoutSpares<R extends Resident>(chosen: readonly R[], spareBytes: number): R[] {
  let spare = spareBytes;
  const kept = [...chosen].reverse().filter((victim) => {
    if (victim.bytes > spare) return true;
    spare -= victim.bytes;
    return false;
  });
  return kept.reverse();
}

function bytesOf(residents: readonly Resident[]): number {
  return residents.reduce((sum, { bytes }) => sum + bytes, 0);
}
