/**
 * Runs benchmarks, each run in a fresh Node process, writes `results/<name>.json` and then docs/benchmarks.md.
 *
 *     node benchmarks/run.mjs [--check] [name…]
 *
 * Without names: all. A name may be the first part of several: `isolation` is every `isolation-…`. `--check` exits 1
 * where a target is missed. Needs the built packages: `npm run build`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildProblems } from './lib/built.mjs';
import { runFresh } from './lib/fresh-process.mjs';
import { describeCommit, describeMachine, describePackages } from './lib/machine.mjs';
import { here, resultFile, resultsFolder } from './lib/paths.mjs';
import { readable } from './lib/readable.mjs';
import { summarise } from './lib/statistics.mjs';
import { verdictsOf } from './lib/verdicts.mjs';
import { writeReport } from './report.mjs';
import { benchmarks } from './suite.mjs';

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false } },
});
const chosen = chosenBenchmarks(names);
const problems = buildProblems([...new Set(chosen.flatMap(({ packages }) => packages))]);
if (problems.length > 0) refuse([...problems, 'Benchmarks run on the built packages: npm run build']);

mkdirSync(resultsFolder, { recursive: true });
let missed = 0;
for (const benchmark of chosen) missed += await measureAndWrite(benchmark);
writeReport();
if (missed > 0) console.log(`\n${missed} ${missed === 1 ? 'target is' : 'targets are'} missed.`);
process.exitCode = flags.check && missed > 0 ? 1 : 0;

/** @returns {Promise<number>} how many of its targets are missed */
async function measureAndWrite(benchmark) {
  console.log(`\n${benchmark.name}: ${benchmark.title}, ${benchmark.rounds} runs`);
  const runs = await runsOf(benchmark);
  const allFigures = runs.map(({ figures }) => figures);
  const summary = {};
  for (const label of Object.keys(allFigures[0])) {
    summary[label] = summarise(allFigures.map((figures) => figures[label]));
    console.log(`  ${label}: ${readable(summary[label].median)} ${benchmark.unit}`);
  }
  const targets = verdictsOf(benchmark.targets, allFigures);
  for (const { what, limit, measured, met } of targets) {
    console.log(`  ${met ? 'met   ' : 'MISSED'} ${what}: ${readable(measured)} (${limit})`);
  }
  const result = {
    name: benchmark.name,
    command: `node benchmarks/run.mjs ${benchmark.name}`,
    date: new Date().toISOString(),
    node: process.version,
    v8: process.versions.v8,
    commit: describeCommit(),
    machine: describeMachine(),
    packages: describePackages(),
    unit: benchmark.unit,
    summary,
    targets,
    runs,
  };
  writeFileSync(resultFile(benchmark.name), `${JSON.stringify(result, null, 2)}\n`);
  return targets.filter(({ met }) => !met).length;
}

/** Each run with the load of the machine before it: what else ran is the first thing to ask of a noisy figure. */
async function runsOf({ script, args = [], nodeArgs = [], rounds }) {
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = new Date().toISOString();
    const loadAverage = os.loadavg()[0];
    const output = await runFresh([...nodeArgs, join(here, 'cases', script), ...args, String(round)]);
    runs.push({ startedAt, loadAverage, ...output });
  }
  return runs;
}

function chosenBenchmarks(wanted) {
  const groups = wanted.map((name) => ({ name, group: benchmarksNamed(name) }));
  const unknown = groups.filter(({ group }) => group.length === 0);
  if (unknown.length > 0) {
    refuse([
      `There is no benchmark ${unknown.map(({ name }) => name).join(', ')}; there are:`,
      ...benchmarks.map(({ name }) => `  ${name}`),
    ]);
  }
  const chosen = new Set(groups.flatMap(({ group }) => group));
  return wanted.length === 0 ? benchmarks : benchmarks.filter((benchmark) => chosen.has(benchmark));
}

/** The one of that name, else those whose names begin with it. */
function benchmarksNamed(wanted) {
  const exact = benchmarks.filter(({ name }) => name === wanted);
  return exact.length > 0 ? exact : benchmarks.filter(({ name }) => name.startsWith(`${wanted}-`));
}

function refuse(lines) {
  for (const line of lines) console.error(line);
  process.exit(2);
}
