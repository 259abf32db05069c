/** What processes hold, from /proc: Linux only. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

if (!existsSync('/proc/self/smaps_rollup')) throw new Error('What processes hold can be told on Linux only.');

/**
 * This process and all that it started, together.
 *
 * @returns {{ privateBytes: number, residentBytes: number, processes: number }} `privateBytes` is what would come back
 *   if they ended; `residentBytes` counts what they share once for each
 */
export function familyMemory() {
  const pids = family(process.pid);
  const all = pids.map(memoryOf);
  const sum = (key) => all.reduce((total, one) => total + one[key], 0);
  return { privateBytes: sum('privateBytes'), residentBytes: sum('residentBytes'), processes: pids.length };
}

/** @param {number} pid */
function memoryOf(pid) {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  } catch {
    // It ended meanwhile.
    return { privateBytes: 0, residentBytes: 0 };
  }
  const bytes = (name) =>
    Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024;
  // Private_Clean are pages of files: they change sides when another process maps the same file.
  return { privateBytes: bytes('Private_Dirty') + bytes('Swap'), residentBytes: bytes('Rss') };
}

/** A process and its descendants. */
function family(pid) {
  const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  const children = threads.flatMap((thread) => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' ').filter(Boolean);
    } catch {
      return [];
    }
  });
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}
