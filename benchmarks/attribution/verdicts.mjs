/** From this size on a figure must be right in a process host, in bytes. */
const LARGE_BYTES = 10e6;

/** @param {number} reported @param {number} truth @returns {number} a share, negative where too little is reported */
export const errorOf = (reported, truth) => reported / truth - 1;

const isLargeInProcess = ({ isolation, models, truth }) =>
  isolation === 'process' && models === 1 && truth.loaded.median > LARGE_BYTES;

const isWithin =
  (share, what) =>
  ({ reported, truth }) =>
    Math.abs(errorOf(reported[what].median, truth[what].median)) <= share;

/** In most rounds: what a runtime itself frees meanwhile may hide a part of a model, which is then estimated. */
const isMeasured = ({ reported: { sources } }) =>
  2 * sources.filter((source) => source === 'process').length > sources.length;

const isEstimate = ({ reported }) => reported.sources.every((source) => source === 'estimate');

/** No further from the truth than true processes are from each other: what cannot be repeated cannot be told better. */
const isWithinSpread =
  (what) =>
  ({ reported, truth }) =>
    Math.abs(reported[what].median - truth[what].median) <= truth[what].max - truth[what].min;

/** `orElse`: what is met only by that is named. */
const REQUIREMENTS = [
  {
    what: 'over 10 MB in a process host: measured, and after its load within 10 % of the truth',
    of: isLargeInProcess,
    holds: (row) => isMeasured(row) && isWithin(0.1, 'loaded')(row),
    orElse: (row) => isMeasured(row) && isWithinSpread('loaded')(row),
  },
  {
    what: 'over 10 MB in a process host: after four runs within 10 % of the truth',
    of: isLargeInProcess,
    holds: isWithin(0.1, 'used'),
    orElse: isWithinSpread('used'),
  },
  {
    what: 'in a thread and inline: within 20 % of the truth, or marked `estimate`',
    of: ({ isolation }) => isolation !== 'process',
    holds: (row) => isEstimate(row) || isWithin(0.2, 'loaded')(row),
  },
  {
    what: 'everywhere: what is reserved covers the highest peak of the load',
    of: () => true,
    holds: ({ reported, truth }) => reported.reserved.min >= truth.peak.max,
  },
];

/**
 * @returns {{ what: string, rows: number, met: boolean, missedBy: string[], bySpread: string[] }[]} `bySpread`: where the
 *   true processes differ by more than is allowed, and the figure from them by no more than that
 */
export function verdictsOf(rows) {
  return REQUIREMENTS.map(({ what, of, holds, orElse = () => false }) => {
    const concerned = rows.filter(of);
    const others = concerned.filter((row) => !holds(row));
    const names = (some) => some.map(({ name, isolation }) => `${name}, ${isolation}`);
    const missed = others.filter((row) => !orElse(row));
    return {
      what,
      rows: concerned.length,
      met: missed.length === 0,
      missedBy: names(missed),
      bySpread: names(others.filter(orElse)),
    };
  });
}
