import { median } from './statistics.mjs';

/**
 * Whether a benchmark shows what it must: each target is taken of every run, so that a ratio compares what was
 * measured side by side, and the median of the runs is what counts.
 *
 * @param {readonly import('../suite.mjs').Target[]} targets
 * @param {readonly import('../suite.mjs').Figures[]} runs at least one
 * @returns {{ what: string, limit: string, measured: number, met: boolean }[]}
 */
export function verdictsOf(targets, runs) {
  return targets.map((target) => {
    const measured = median(runs.map((figures) => target.of(figures)));
    return { what: target.what, measured, ...judged(target, measured) };
  });
}

// NaN, which a renamed figure gives, meets no target.
function judged({ below, atMost, atLeast, equals }, measured) {
  if (below !== undefined) return { limit: `< ${below}`, met: measured < below };
  if (atMost !== undefined) return { limit: `≤ ${atMost}`, met: measured <= atMost };
  if (atLeast !== undefined) return { limit: `≥ ${atLeast}`, met: measured >= atLeast };
  return { limit: `= ${equals}`, met: measured === equals };
}
