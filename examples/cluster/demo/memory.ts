import { readdirSync, readFileSync } from 'node:fs';

const KIB = 1_024;

/**
 * What a process and all that it started would give back if they ended: `Private_Dirty` and `Swap` of
 * `/proc/<pid>/smaps_rollup`. What they share, Node's own code say, counts for none.
 */
export function familyMemory(pid: number): { bytes: number; processes: number } {
  const pids = family(pid);
  return { bytes: pids.reduce((sum, one) => sum + privateBytes(one), 0), processes: pids.length };
}

function privateBytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const amounts = [...rollup.matchAll(/^(?:Private_Dirty|Swap): *(\d+) kB$/gm)].map(([, kib]) => Number(kib));
  return amounts.reduce((sum, kib) => sum + kib * KIB, 0);
}

function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}
