import { readFileSync } from 'node:fs';

/** What a process holds, and how that is known. */
export interface PrivateBytes {
  readonly bytes: number;
  readonly source: 'process' | 'rss';
}

/**
 * The memory that this process shares with nobody. On Linux `Private_Dirty` and `Swap` of `/proc/self/smaps_rollup`;
 * `Private_Clean` is left out, since it jumps when another process that maps the same library ends. Elsewhere the
 * resident set, which counts shared libraries in full. Reading it took 1 to 2 ms.
 */
export function privateBytes(): PrivateBytes {
  const rollup = readRollup();
  if (rollup === undefined) return { bytes: process.memoryUsage.rss(), source: 'rss' };
  let kibibytes = 0;
  for (const [, amount] of rollup.matchAll(/^(?:Private_Dirty|Swap): *(\d+) kB$/gm)) {
    kibibytes += Number(amount);
  }
  return { bytes: kibibytes * 1024, source: 'process' };
}

function readRollup(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return readFileSync('/proc/self/smaps_rollup', 'latin1');
  } catch {
    // Kernels before 4.14, and containers that hide /proc.
    return undefined;
  }
}
