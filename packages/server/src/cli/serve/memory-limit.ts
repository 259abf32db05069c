import { totalmem } from 'node:os';

/** What this container or machine has, in bytes. Without a limit `constrainedMemory` gives 0 or an absurdly large number. */
export function memoryLimitBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
