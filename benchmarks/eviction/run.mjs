/**
 * Replays a day of requests through the real registry, with each way of choosing what to evict, and writes
 * `results/eviction.json`, docs/images/eviction.svg and docs/benchmarks.md.
 *
 *     node benchmarks/eviction/run.mjs [--check] [--halves 10] [--trace file.csv]
 *
 * `--check` exits 1 where a target is missed; `--trace` replays another file of the same form and writes nothing. Where
 * ../shared/traces is absent, a synthetic trace is replayed, the targets do not apply, and nothing is written.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { buildProblems } from '../lib/built.mjs';
import { describeCommit, describeMachine, describePackages } from '../lib/machine.mjs';
import { resultFile, resultsFolder } from '../lib/paths.mjs';
import { readable } from '../lib/readable.mjs';
import { summarise } from '../lib/statistics.mjs';
import { verdictsOf } from '../lib/verdicts.mjs';
import { writeReport } from '../report.mjs';
import { greedyClairvoyant, lowerBoundSeconds } from './clairvoyant.mjs';
import { writeDrawing } from './drawing.mjs';
import { byName, policies } from './policies.mjs';
import { halfOf } from './random.mjs';
import { replay } from './replay.mjs';
import { AZURE, bytesOf, readTrace, requestsOf, SPREADS } from './trace.mjs';

/** The most seconds of cold start in times LRU's, by what share of all bytes the budget is. */
const BUDGETS = [
  { share: 0.1, mostSeconds: 0.09 },
  { share: 0.25, mostSeconds: 0.105 },
  { share: 0.5, mostSeconds: 0.53 },
];
const MOST_LOADS = 5;
const MOST_MICROSECONDS = 20;

const { values: flags } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    halves: { type: 'string', default: '10' },
    trace: { type: 'string' },
  },
});
const problems = buildProblems(['registry']);
if (problems.length > 0) {
  for (const line of [...problems, 'Benchmarks run on the built packages: npm run build'])
    console.error(line);
  process.exit(2);
}

const startedAt = new Date().toISOString();
const loadAverage = os.loadavg()[0];
const { source, models } = readTrace(flags.trace);
const requests = requestsOf(models);
console.log(`${source}: ${models.length} models, ${readable(requests.length)} requests`);

const budgets = [];
for (const budget of BUDGETS) budgets.push(await compare(budget));
const spreads = [];
for (const spread of Object.keys(SPREADS)) spreads.push(await underSpread(spread));
const halves = [];
for (let seed = 1; seed <= Math.max(1, Number(flags.halves)); seed += 1) halves.push(await onHalf(seed));
for (const line of describeHalves()) console.log(line);

const isTheTrace = flags.trace === undefined && existsSync(AZURE);
const targets = verdictsOf(budgets.flatMap(targetsOf), [{}]);
if (isTheTrace) {
  for (const { what, limit, measured, met } of targets) {
    console.log(`  ${met ? 'met   ' : 'MISSED'} ${what}: ${readable(measured)} (${limit})`);
  }
  write();
} else {
  console.log(`Nothing was written, and the targets do not apply: they are of ${AZURE}.`);
}
process.exitCode = flags.check && isTheTrace && targets.some(({ met }) => !met) ? 1 : 0;

/** Every policy, and what the future would tell, on all models with one budget. */
async function compare({ share, mostSeconds }) {
  const budgetBytes = Math.floor(bytesOf(models) * share);
  console.log(`\n${share * 100} % of all bytes`);
  const outcomes = [];
  for (const { name, label, options } of policies) {
    const outcome = await replay(requests, models, budgetBytes, options);
    outcomes.push({ name, label, ...outcome });
    const { coldSeconds, loads, evictions, microsecondsPerEvent } = outcome;
    const figures = `${readable(coldSeconds)} s cold, ${readable(loads)} loads, ${readable(evictions)} evictions`;
    console.log(`  ${label}: ${figures}, ${readable(microsecondsPerEvent)} µs an event`);
  }
  const greedy = greedyClairvoyant(requests, budgetBytes);
  const boundSeconds = lowerBoundSeconds(requests, budgetBytes);
  console.log(
    `  clairvoyant, greedy: ${readable(greedy.coldSeconds)} s; no policy under ${readable(boundSeconds)} s`,
  );
  return { share, mostSeconds, budgetBytes, outcomes, greedy, boundSeconds };
}

/** The default policy beside LRU, as the requests are spread over their minutes in one way or another. */
async function underSpread(spread) {
  const ratios = await besideLru(requestsOf(models, SPREADS[spread]), models);
  console.log(`\nspread ${spread}: ${ratios.map(({ seconds }) => readable(seconds)).join(', ')} × lru`);
  return { spread, ratios };
}

/** Models that the policy was not tuned on, as far as one trace can tell: half of them, with half the memory. */
async function onHalf(seed) {
  const half = halfOf(models, seed);
  return { seed, ratios: await besideLru(requestsOf(half), half) };
}

async function besideLru(some, of) {
  const ratios = [];
  for (const { share } of BUDGETS) {
    const budgetBytes = Math.floor(bytesOf(of) * share);
    const ours = await replay(some, of, budgetBytes, byName('cost').options);
    const lru = await replay(some, of, budgetBytes, byName('lru').options);
    const greedy = greedyClairvoyant(some, budgetBytes);
    ratios.push({
      share,
      seconds: ours.coldSeconds / lru.coldSeconds,
      loads: ours.loads / lru.loads,
      clairvoyantSeconds: greedy.coldSeconds / lru.coldSeconds,
    });
  }
  return ratios;
}

function describeHalves() {
  return BUDGETS.map(({ share }, index) => {
    const { min, median, max } = summarise(halves.map(({ ratios }) => ratios[index].seconds));
    const range = `${readable(min)} – ${readable(median)} – ${readable(max)}`;
    return `${halves.length} random halves, ${share * 100} %: ${range} × lru (least, median, most)`;
  });
}

function targetsOf({ share, mostSeconds, outcomes }) {
  const of = (name) => outcomes.find((outcome) => outcome.name === name);
  const at = `at ${share * 100} %`;
  const [ours, lru] = [of('cost'), of('lru')];
  return [
    {
      what: `seconds of cold start ÷ lru, ${at}`,
      of: () => ours.coldSeconds / lru.coldSeconds,
      atMost: mostSeconds,
    },
    { what: `loads ÷ lru, ${at}`, of: () => ours.loads / lru.loads, atMost: MOST_LOADS },
    { what: `µs an event, ${at}`, of: () => ours.microsecondsPerEvent, below: MOST_MICROSECONDS },
  ];
}

function write() {
  const result = {
    name: 'eviction',
    command: 'node benchmarks/eviction/run.mjs',
    date: startedAt,
    node: process.version,
    v8: process.versions.v8,
    commit: describeCommit(),
    machine: describeMachine(),
    packages: describePackages(),
    runs: [{ startedAt, loadAverage }],
    trace: { source, models: models.length, requests: requests.length, bytes: bytesOf(models) },
    budgets,
    spreads,
    halves,
    targets,
  };
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(resultFile('eviction'), `${JSON.stringify(result, null, 2)}\n`);
  writeDrawing(result);
  writeReport();
}
