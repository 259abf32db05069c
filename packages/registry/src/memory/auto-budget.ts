import type { MemoryProbe } from './probe.js';

/** Of the container's limit, what models and the process together may take; the rest is for the kernel and peaks. */
const USABLE_SHARE = 0.8;

/** The budget under `'auto'`, in bytes: the usable share of the limit, less what the process holds before any model. */
export function autoBudgetBytes(probe: MemoryProbe): number {
  return Math.max(0, Math.floor(probe.limitBytes() * USABLE_SHARE - probe.rssBytes()));
}
