/** What is taken for the time between uses before there were two. */
export const FIRST_GAP_MS = 60_000;

/** Uses closer together than this count as one: a burst says nothing of when the next one comes. */
export const LEAST_GAP_MS = 1_000;

/** How much one gap counts against those before. */
const SHARE = 0.1;

/**
 * A typical time between uses once one more is known: the exponentially smoothed geometric mean, since gaps are spread over
 * orders of magnitude and one long pause should not outweigh the rest.
 */
export function smoothedGapMs(typicalMs: number, lastMs: number): number {
  return typicalMs * (lastMs / typicalMs) ** SHARE;
}
