/**
 * What was tried for the default policy (docs/adr/0012), without a registry, so that all of it takes a minute:
 * `node benchmarks/eviction/search.mjs`. Prints, for each candidate, seconds of cold start and loads in times LRU's at each
 * budget on all models, and on 20 random halves the seconds in times those of Greedy-Dual with √frequency (geometric mean).
 */
import { halfOf } from './random.mjs';
import { bytesOf, readTrace, requestsOf } from './trace.mjs';

const SHARES = [0.1, 0.25, 0.5];
const HALVES = 20;
const MINUTE_MS = 60_000;

/**
 * @typedef {object} Facts of a model, kept over evictions
 * @property {number} bytes
 * @property {number} loadMs
 * @property {number} uses
 * @property {number} firstUsedAt
 * @property {number} lastUsedAt
 * @property {number} gapMs
 * @property {number} inflation at its last use
 * @property {number} firstInflation
 * @typedef {{ firstGapMs?: number, gapShare?: number, score(facts: Facts, now: number): number }} Candidate
 */

const perByte = ({ loadMs, bytes }, overheadMs = 0) => (loadMs + overheadMs) / bytes;
const half = (weight) => 2 ** (Math.floor(2 * Math.log2(weight)) / 2);

/** The form that was taken, with its constants to be varied. */
const hyperbolic = ({ overheadMs = 50, power = 0.25, firstGapMs, gapShare, round = half } = {}) => ({
  ...(firstGapMs !== undefined && { firstGapMs }),
  ...(gapShare !== undefined && { gapShare }),
  score: (one, now) =>
    round(perByte(one, overheadMs) * one.uses ** power) / (now - one.lastUsedAt + one.gapMs),
});

const greedyDual = (worth) => ({ score: (one) => one.inflation + worth(one) });

/** Uses for each unit of price: how much inflation rises between two uses, in units of what a load costs. */
const priceOfGap = (one) => (one.inflation - one.firstInflation + perByte(one)) / one.uses / perByte(one);

/** @type {Record<string, Candidate>} */
const candidates = {
  lru: { score: ({ lastUsedAt }) => lastUsedAt },
  'Greedy-Dual, frequency 0': greedyDual(perByte),
  'Greedy-Dual, √frequency': greedyDual((one) => perByte(one) * Math.sqrt(one.uses)),
  'Greedy-Dual, frequency': greedyDual((one) => perByte(one) * one.uses),
  'Greedy-Dual, √frequency, 50 ms a load': greedyDual((one) => perByte(one, 50) * Math.sqrt(one.uses)),
  'Greedy-Dual, learned price of a gap': greedyDual((one) => perByte(one) / Math.sqrt(0.1 + priceOfGap(one))),
  'Greedy-Dual, the same, 100 ms, frequency^0.3': greedyDual(
    (one) => (perByte(one, 100) * one.uses ** 0.3) / Math.sqrt(0.1 + priceOfGap(one)),
  ),
  'cost ÷ idle': { score: (one, now) => perByte(one) / (now - one.lastUsedAt + 1) },
  'cost × uses ÷ lifetime (hyperbolic caching)': {
    score: (one, now) => (perByte(one) * one.uses) / (now - one.firstUsedAt + MINUTE_MS),
  },
  'cost ÷ (idle + gap)': hyperbolic({ overheadMs: 0, power: 0, round: (weight) => weight }),
  'the same, 50 ms a load': hyperbolic({ power: 0, round: (weight) => weight }),
  'the same, 50 ms, ⁴√frequency': hyperbolic({ round: (weight) => weight }),
  'the same, rounded: the default': hyperbolic(),
  'with 0 ms a load': hyperbolic({ overheadMs: 0 }),
  'with 200 ms a load': hyperbolic({ overheadMs: 200 }),
  'with √frequency': hyperbolic({ power: 0.5 }),
  'with a first gap of 10 s': hyperbolic({ firstGapMs: 10_000 }),
  'with a first gap of 10 min': hyperbolic({ firstGapMs: 10 * MINUTE_MS }),
  'with a gap counting for 5 %': hyperbolic({ gapShare: 0.05 }),
  'with a gap counting for 20 %': hyperbolic({ gapShare: 0.2 }),
};

const { models } = readTrace();
const samples = Array.from({ length: HALVES }, (_, index) => halfOf(models, index + 1));
const [all, ...halves] = [models, ...samples].map((some) => ({ some, requests: requestsOf(some) }));
const reference = halves.map((one) => outcomesOf(candidates['Greedy-Dual, √frequency'], one));
const lru = outcomesOf(candidates.lru, all);
console.log(
  '| | seconds ÷ lru | loads ÷ lru | seconds on halves ÷ Greedy-Dual, √frequency |\n|---|---|---|---|',
);
for (const [name, candidate] of Object.entries(candidates)) {
  const outcomes = outcomesOf(candidate, all);
  const onHalves = halves.map((one) => outcomesOf(candidate, one));
  const seconds = SHARES.map((_, at) => (outcomes[at].coldMs / lru[at].coldMs).toFixed(3));
  const loads = SHARES.map((_, at) => (outcomes[at].loads / lru[at].loads).toFixed(1));
  const beside = SHARES.map((_, at) =>
    mean(onHalves.map((o, index) => o[at].coldMs / reference[index][at].coldMs)),
  );
  console.log(`| ${name} | ${seconds.join(' ')} | ${loads.join(' ')} | ${beside.join(' ')} |`);
}

function mean(ratios) {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length).toFixed(2);
}

function outcomesOf(candidate, { some, requests }) {
  return SHARES.map((share) => simulate(candidate, some, requests, bytesOf(some) * share));
}

/** @param {Candidate} candidate */
function simulate({ score, firstGapMs = MINUTE_MS, gapShare = 0.1 }, some, requests, budgetBytes) {
  const facts = new Map(
    some.map((model) => [model, { bytes: model.bytes, loadMs: model.loadMs, uses: 0, gapMs: firstGapMs }]),
  );
  /** @type {Set<Facts>} */
  const loaded = new Set();
  let freeBytes = budgetBytes;
  let inflation = 0;
  let coldMs = 0;
  let loads = 0;
  for (const { at, model } of requests) {
    const one = facts.get(model);
    if (!loaded.has(one)) {
      while (freeBytes < one.bytes) {
        const { victim, lowest } = lowestOf(loaded, score, at);
        loaded.delete(victim);
        freeBytes += victim.bytes;
        inflation = Math.max(inflation, lowest);
      }
      freeBytes -= one.bytes;
      coldMs += one.loadMs;
      loads += 1;
      loaded.add(one);
    }
    if (one.uses === 0) Object.assign(one, { firstUsedAt: at, firstInflation: inflation });
    else if (at > one.lastUsedAt) one.gapMs *= ((at - one.lastUsedAt) / one.gapMs) ** gapShare;
    one.uses += 1;
    one.lastUsedAt = at;
    one.inflation = inflation;
  }
  return { coldMs, loads };
}

function lowestOf(loaded, score, now) {
  let victim;
  let lowest = Number.POSITIVE_INFINITY;
  for (const one of loaded) {
    const worth = score(one, now);
    if (victim !== undefined && worth >= lowest) continue;
    victim = one;
    lowest = worth;
  }
  return { victim, lowest };
}
