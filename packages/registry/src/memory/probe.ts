import os from 'node:os';

/** Where the registry learns about memory; all figures in bytes. */
export interface MemoryProbe {
  /** The resident set of this process. */
  rssBytes(): number;
  /** What the process may use at most: the container's limit, or the machine's memory. */
  limitBytes(): number;
  /** What is left of that now. */
  availableBytes(): number;
}

export const systemMemoryProbe: MemoryProbe = {
  rssBytes: () => process.memoryUsage.rss(),
  limitBytes: () => {
    // Without a cgroup limit Node reports 0 or an absurdly large number.
    const constrained = process.constrainedMemory();
    const total = os.totalmem();
    return constrained > 0 ? Math.min(constrained, total) : total;
  },
  availableBytes: () => process.availableMemory(),
};
