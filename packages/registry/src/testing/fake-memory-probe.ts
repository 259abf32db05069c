import type { MemoryProbe } from '../memory/probe.js';

/** A probe whose figures a test sets. */
export interface FakeMemoryProbe extends MemoryProbe {
  rss: number;
  limit: number;
}

/** 64 MiB resident of a 512 MiB limit, unless told otherwise; all in bytes. */
export function fakeMemoryProbe(figures: { rss?: number; limit?: number } = {}): FakeMemoryProbe {
  const probe: FakeMemoryProbe = {
    rss: figures.rss ?? 64 * 2 ** 20,
    limit: figures.limit ?? 512 * 2 ** 20,
    rssBytes: () => probe.rss,
    limitBytes: () => probe.limit,
    availableBytes: () => Math.max(0, probe.limit - probe.rss),
  };
  return probe;
}
