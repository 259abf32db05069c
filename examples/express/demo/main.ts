/**
 * The main job on real input: starts the example server, sends it held-out patients over HTTP, and shows what it cost.
 * Exits 0 only where every prediction and every count is right.
 */
import { Checks } from './checks.js';
import { modelNames, samplesOf } from './samples.js';
import { type ModelReport, ServerProcess } from './server-process.js';

const FIRST_REQUESTS = 50;

const checks = new Checks();
const reports = await roomForAll();
await manyFirstRequests();
await tooSmallForAll(reports);
for (const failure of checks.failures) console.error(`WRONG: ${failure}`);
console.log(`\n${checks.made - checks.failures.length} of ${checks.made} checks hold.`);
process.exitCode = checks.failures.length === 0 ? 0 : 1;

/** Every sample to every model, with room for all of them. */
async function roomForAll(): Promise<Record<string, ModelReport>> {
  const server = await ServerProcess.start();
  const { process_memory: memory } = await server.memory();
  console.log(`Listening after ${ms(server.listeningMs)}, ${memory.rss_mb} MB resident, no model loaded.\n`);
  const rows: Record<string, Record<string, string>> = {};
  const runtimes = new Map<string, string>();
  for (const name of modelNames) {
    const times: number[] = [];
    const shown: string[] = [];
    for (const [row, { features, label, expected }] of samplesOf(name).entries()) {
      const { risk, ms: took } = await server.predict(name, features);
      checks.risk(name, row, risk, expected.risk);
      times.push(took);
      shown.push(`${risk.toFixed(2)}/${label}`);
    }
    const report = await statusOf(server, name);
    const [cold = 0, ...warm] = times;
    rows[name] = {
      'cold request': ms(cold),
      'warm request': ms(median(warm)),
      load: ms(report.load?.lastMs ?? 0),
      bytes: `${report.memory.bytes} (${report.memory.source})`,
    };
    runtimes.set(name, report.runtime ?? 'a runtime that does not say which');
    console.log(`${name}: predicted risk/known label  ${shown.join('  ')}`);
    checks.that(
      report.loads === 1 && report.loadFailures === 0,
      `${name} was loaded ${report.loads} times, not once`,
    );
  }
  console.table(rows);
  for (const [name, runtime] of runtimes) console.log(`${name} ran on ${runtime}`);
  console.log('(tfjs-node is optional: without it TensorFlow.js models run on WASM.)\n');
  const all = await server.models();
  await server.stop();
  return all;
}

/** Many callers at once for a model that is not loaded. */
async function manyFirstRequests(): Promise<void> {
  const server = await ServerProcess.start();
  for (const name of modelNames) {
    const samples = samplesOf(name);
    const sent = Array.from({ length: FIRST_REQUESTS }, (_, index) => index % samples.length);
    const answers = await Promise.all(sent.map((row) => server.predict(name, samples[row]?.features)));
    for (const [index, { risk }] of answers.entries()) {
      const row = sent[index] ?? 0;
      checks.risk(name, row, risk, samples[row]?.expected.risk ?? Number.NaN);
    }
    const { loads } = await statusOf(server, name);
    checks.that(loads === 1, `${FIRST_REQUESTS} first requests to ${name} caused ${loads} loads, not 1`);
    console.log(`${FIRST_REQUESTS} concurrent first requests to ${name}: ${loads} load`);
  }
  await server.stop();
}

/** The same samples under a budget that holds no more than three of the four. */
async function tooSmallForAll(known: Record<string, ModelReport>): Promise<void> {
  const needs = Object.values(known).map(({ memory }) => Math.max(memory.bytes, memory.estimatedBytes ?? 0));
  const needed = needs.reduce((sum, bytes) => sum + bytes, 0);
  const budget = Math.max(...needs, Math.floor(needed * 0.75));
  checks.that(budget < needed, `a budget of ${budget} bytes is not too small for ${needed}`);
  const server = await ServerProcess.start({ MODEL_BUDGET_BYTES: String(budget) });
  console.log(`\nA budget of ${budget} bytes for models of ${needed}:`);
  for (const round of [0, 1, 2]) {
    for (const name of modelNames) {
      const sample = samplesOf(name)[round];
      const { risk } = await server.predict(name, sample?.features);
      checks.risk(name, round, risk, sample?.expected.risk ?? Number.NaN);
      const { budget: books } = await server.memory();
      const held = books.used_bytes + books.reserved_bytes;
      checks.that(held <= budget, `${held} bytes were charged with a budget of ${budget}`);
    }
  }
  const reports = await server.models();
  for (const [name, report] of Object.entries(reports)) {
    for (const { reason, numbers } of report.decisions.filter(({ kind }) => kind === 'evicted')) {
      console.log(
        `  ${name} ${reason}: it held ${numbers.bytes} bytes, ${numbers.needBytes} more were needed, unused for ${ms(numbers.idleMs ?? 0)}`,
      );
    }
    const inMemory = report.state === 'ready' ? 1 : 0;
    checks.that(
      report.loads === report.evictions + inMemory,
      `${name}: ${report.loads} loads, ${report.evictions} evictions`,
    );
    checks.that(report.loadFailures === 0, `${name}: ${report.loadFailures} loads failed`);
  }
  const evictions = Object.values(reports).reduce((sum, report) => sum + report.evictions, 0);
  checks.that(evictions > 0, 'nothing was evicted');
  console.log(`  ${evictions} evictions, no request failed, the budget was never exceeded.`);
  await server.stop();
}

async function statusOf(server: ServerProcess, name: string): Promise<ModelReport> {
  const report = (await server.models())[name];
  if (report === undefined) throw new Error(`/model-status says nothing of ${name}`);
  return report;
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
