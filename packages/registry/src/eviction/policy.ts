/** What a policy knows of a loaded model that nobody is using. Times are in milliseconds on the registry's clock. */
export interface EvictionCandidate {
  readonly name: string;
  readonly bytes: number;
  /** What it took to load it the last time. */
  readonly loadMs: number;
  /** Leases it has given since it was registered. */
  readonly uses: number;
  readonly loadedAt: number;
  readonly lastUsedAt: number;
}

/** Says what a loaded model is worth. Pure: the same candidate and time give the same score. */
export interface EvictionPolicy {
  readonly name: string;
  /** The lowest score goes first; ties go by registration order. */
  score(candidate: EvictionCandidate, now: number): number;
}

/** Least recently used goes first. */
export const lruPolicy: EvictionPolicy = {
  name: 'lru',
  score: (candidate) => candidate.lastUsedAt,
};

/** Least frequently used goes first. */
export const lfuPolicy: EvictionPolicy = {
  name: 'lfu',
  score: (candidate) => candidate.uses,
};

/**
 * What a byte of the model saves per millisecond: its load time, times how often it is wanted, over its bytes and the
 * time since it was last wanted. Greedy-Dual-Size-Frequency (Cherkasova 1998) with the age of hyperbolic caching
 * (Blankstein et al., ATC 2017) in place of an inflating clock, so that the score stays a pure function. The square
 * root keeps a once-popular model from staying for ever.
 */
export const costPolicy: EvictionPolicy = {
  name: 'cost',
  score: (candidate, now) => {
    const idleMs = Math.max(0, now - candidate.lastUsedAt) + 1;
    const bytes = Math.max(1, candidate.bytes);
    return ((candidate.loadMs + 1) * Math.sqrt(candidate.uses + 1)) / (bytes * idleMs);
  },
};
