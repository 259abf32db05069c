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
  /** The registry's inflation when it was loaded or last used: the highest score that pressure had evicted by then. */
  readonly inflation: number;
  /** The typical time between its uses, over loads and evictions; a minute until there were two. */
  readonly gapMs: number;
}

/** Says what a loaded model is worth. Pure: the same candidate and time give the same score. */
export interface EvictionPolicy {
  readonly name: string;
  /**
   * The score does not depend on `now`, and a use never lowers it. A victim is then found in O(log n); with neither this
   * nor `fading` every resident is scored anew for each decision, which takes O(n).
   */
  readonly stable?: true;
  /**
   * The score is `weight / (now - since)`, of which a use lowers neither. `weight` should take few values, rounded ones say:
   * a victim is then found in O(weights + log n).
   */
  readonly fading?: {
    weight(candidate: EvictionCandidate): number;
    since(candidate: EvictionCandidate): number;
  };
  /** The lowest score goes first; ties go by registration order. */
  score(candidate: EvictionCandidate, now: number): number;
}

/** Least recently used goes first. */
export const lruPolicy: EvictionPolicy = {
  name: 'lru',
  stable: true,
  score: (candidate) => candidate.lastUsedAt,
};

/** Least frequently used goes first. */
export const lfuPolicy: EvictionPolicy = {
  name: 'lfu',
  stable: true,
  score: (candidate) => candidate.uses,
};

/** What a load costs besides its time: a host's start, what it pushes out of caches. So what loads in no time is no churn. */
const LOAD_OVERHEAD_MS = 50;

/** Weights are rounded down to half a power of two, so that there are few. */
const STEPS_PER_DOUBLING = 2;

/**
 * What keeping a byte of the model for another millisecond saves: `cost / (bytes * (idle time + typical gap))`.
 *
 * A model whose uses come every `gapMs` and that has been idle for a time is wanted again at a rate of about
 * `1 / (idle time + gapMs)`: the hazard of gaps that are spread over orders of magnitude (Lomax's distribution). That is
 * hyperbolic caching (Blankstein et al., ATC 2017), with a learned gap in place of a lifetime average. The cost is the load
 * time, and as in Greedy-Dual-Size-Frequency (Cherkasova 1998) it counts more for what is used often; by the fourth root,
 * so that nothing stays for what it once was. How it was found, and what it is worth: docs/adr/0012.
 */
const costTerms = {
  weight: ({ bytes, loadMs, uses }: EvictionCandidate): number => {
    const perByte = (loadMs + LOAD_OVERHEAD_MS) / Math.max(1, bytes);
    const doublings = Math.log2(perByte) + Math.log2(Math.max(1, uses)) / 4;
    return 2 ** (Math.floor(doublings * STEPS_PER_DOUBLING) / STEPS_PER_DOUBLING);
  },
  since: ({ lastUsedAt, gapMs }: EvictionCandidate): number => lastUsedAt - gapMs,
};

export const costPolicy: EvictionPolicy = {
  name: 'cost',
  fading: costTerms,
  score: (candidate, now) =>
    costTerms.weight(candidate) / (Math.max(now, candidate.lastUsedAt) - costTerms.since(candidate)),
};
