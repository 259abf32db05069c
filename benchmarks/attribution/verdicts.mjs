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

/** Within what the true processes themselves differ by. */
const isAmongTruths =
  (what) =>
  ({ reported, truth }) =>
    reported[what].median >= truth[what].min && reported[what].median <= truth[what].max;

const REQUIREMENTS = [
  {
    what: 'over 10 MB in a process host: measured, and after its load within 10 % of the truth, or between the true processes’ own lowest and highest',
    of: isLargeInProcess,
    holds: (row) => isMeasured(row) && (isWithin(0.1, 'loaded')(row) || isAmongTruths('loaded')(row)),
  },
  {
    what: 'over 10 MB in a process host: after four runs the same',
    of: isLargeInProcess,
    holds: (row) => isWithin(0.1, 'used')(row) || isAmongTruths('used')(row),
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

/** @returns {{ what: string, rows: number, met: boolean, missedBy: string[] }[]} */
export function verdictsOf(rows) {
  return REQUIREMENTS.map(({ what, of, holds }) => {
    const concerned = rows.filter(of);
    const missedBy = concerned
      .filter((row) => !holds(row))
      .map(({ name, isolation }) => `${name}, ${isolation}`);
    return { what, rows: concerned.length, met: missedBy.length === 0, missedBy };
  });
}
