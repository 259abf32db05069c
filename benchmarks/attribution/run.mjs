/**
 * Reported against true bytes, for every model that an adapter can load, in each isolation; writes
 * `results/attribution.json` and the tables in docs/attribution.md.
 *
 *     node benchmarks/attribution/run.mjs [--check] [part of a name…]
 *
 * With names: only those, and nothing is written. `--check` exits 1 where a requirement is missed. Linux only. Needs the
 * built packages (`npm run build`); SavedModels need WARMSET_TFJS_NODE, the folder of a tfjs-node with its native binding.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildProblems } from '../lib/built.mjs';
import { runFresh } from '../lib/fresh-process.mjs';
import { describeCommit, describeMachine, describePackages } from '../lib/machine.mjs';
import { here, resultFile, resultsFolder } from '../lib/paths.mjs';
import { summarise } from '../lib/statistics.mjs';
import { outcomeOf, table, writeAttribution } from './report.mjs';
import { hasShared, subjects } from './subjects.mjs';
import { verdictsOf } from './verdicts.mjs';

const ROUNDS = 5;
/** Of what is small, whose figures are of less weight. */
const FEWER_ROUNDS = 3;
const SMALL_BYTES = 5e6;
/** What hosts are started with, see docs/isolation.md; and a server, whose user sets nothing, as a rule. */
const TRIMMING = { MALLOC_TRIM_THRESHOLD_: '131072' };
const USUAL = { MALLOC_TRIM_THRESHOLD_: undefined };

const { values: flags, positionals: parts } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false } },
});
if (!existsSync('/proc/self/smaps_rollup')) refuse(['What processes hold can be told on Linux only.']);
const problems = buildProblems(['registry', 'adapters-onnx', 'adapters-tfjs']);
if (problems.length > 0) refuse([...problems, 'It runs on the built packages: npm run build']);
if (!hasShared) console.log('../shared/models is not there: only models that are made here are measured.');

const chosen = subjects().filter(
  ({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)),
);
const startedAt = performance.now();
const loadAverage = os.loadavg()[0];
const rows = [];
for (const subject of chosen) rows.push(...(await rowsOf(subject)));
const verdicts = verdictsOf(rows);
const result = {
  name: 'attribution',
  command: 'node benchmarks/attribution/run.mjs',
  date: new Date().toISOString(),
  node: process.version,
  commit: describeCommit(),
  machine: describeMachine(),
  packages: describePackages(),
  loadAverage,
  tookMs: performance.now() - startedAt,
  rounds: ROUNDS,
  verdicts,
  rows,
};
console.log(`\n${table(rows)}\n`);
for (const verdict of verdicts) console.log(`${verdict.what}: ${outcomeOf(verdict)}`);
if (parts.length === 0) {
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(resultFile('attribution'), `${JSON.stringify(result, null, 2)}\n`);
  writeAttribution();
}
process.exitCode = flags.check && verdicts.some(({ met }) => !met) ? 1 : 0;

/** Two processes at a time: what one holds for itself does not depend on the other. */
async function rowsOf(subject) {
  const [trimming, usual] = await Promise.all([truthOf(subject, TRIMMING), truthOf(subject, USUAL)]);
  const [[inProcess], [inThread, inline]] = await Promise.all([
    reportedOf(subject, ['process'], trimming.rounds),
    // What is known of these is the same from run to run.
    reportedOf(subject, ['thread', 'inline'], 1),
  ]);
  const { name, kind, models } = subject;
  const row = (isolation, truth, reported) => ({
    name,
    kind,
    models: models.length,
    isolation,
    truth,
    reported,
  });
  const made = [
    row('process', trimming, inProcess),
    row('thread', usual, inThread),
    row('inline', usual, inline),
  ];
  for (const one of made) console.log(table([one]).split('\n').at(-1));
  return made;
}

async function truthOf(subject, env) {
  const runs = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round === FEWER_ROUNDS && runs.every(({ loaded }) => loaded < SMALL_BYTES)) break;
    runs.push(await runFresh([join(here, 'attribution/truth.mjs'), subject.name], { env, quiet: true }));
  }
  return { ...summaryOf(runs), rounds: runs.length };
}

async function reportedOf(subject, isolations, rounds) {
  const all = [];
  for (const isolation of isolations) {
    const args = [join(here, 'attribution/reported.mjs'), subject.name, isolation, `${rounds}`];
    const runs = await runFresh(args, { env: USUAL, quiet: true });
    const figures = runs.map(({ loaded, used }) => ({
      loaded: loaded.bytes,
      used: used.bytes,
      reserved: loaded.reserved,
    }));
    all.push({ ...summaryOf(figures), sources: runs.flatMap(({ loaded }) => loaded.sources) });
  }
  return all;
}

function summaryOf(runs) {
  const keys = Object.keys(runs[0]);
  return Object.fromEntries(keys.map((key) => [key, summarise(runs.map((run) => run[key]))]));
}

function refuse(lines) {
  for (const line of lines) console.error(line);
  process.exit(2);
}
