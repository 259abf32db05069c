/**
 * How `GET /health` does under load while every model loads: a server that has loaded nothing gets 64 connections of
 * `POST /v2/models/heart/infer` and, at the same moment, the first request for each of the three other models. Another process
 * asks for `/health` every 5 ms from before that until the load is over.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { here } from '../lib/paths.mjs';
import { percentile } from '../lib/statistics.mjs';

/** Fresh servers, so that loads are a good part of what is measured. */
const TIMES = 3;
const SECONDS = 3;
const CONNECTIONS = 64;
const OTHERS = ['liver', 'diabetes', 'lung'];
const patient = [43, 1, 4, 150, 247, 0, 0, 171, 0, 1.5, 1, 0, 3];
const body = JSON.stringify({
  inputs: [{ name: 'features', datatype: 'FP32', shape: [1, patient.length], data: patient }],
});
const headers = { 'content-type': 'application/json' };

const rounds = [];
for (let i = 0; i < TIMES; i++) rounds.push(await round());
const all = (key) => rounds.flatMap((one) => one[key]);
const sum = (key) => all(key).reduce((total, one) => total + one, 0);
const latencies = all('latencies');
const figures = {
  'health: requests': latencies.length + sum('healthFailed'),
  'health: failed': sum('healthFailed'),
  'health: p50 ms': percentile(latencies, 0.5),
  'health: p99 ms': percentile(latencies, 0.99),
  'health: slowest ms': Math.max(...latencies),
  'infer: answers/s': sum('answersPerSecond') / TIMES,
  'infer: failed': sum('inferFailed'),
  'ms until all four were loaded': sum('loadedMs') / TIMES,
};
process.stdout.write(JSON.stringify({ figures }), () => process.exit());

async function round() {
  const server = start('lib/models-server.mjs');
  const url = await server.line();
  const caller = start('cases/isolation-health-caller.mjs', `${url}/health`);
  await caller.line();
  const [load, loadedMs] = await Promise.all([infer(url), loadOthers(url)]);
  caller.child.stdin.end();
  const { latencies, failed: healthFailed } = JSON.parse(await caller.rest());
  server.child.stdin.end();
  await server.rest();
  const { requests, non2xx, errors } = load;
  return {
    latencies,
    healthFailed,
    loadedMs,
    answersPerSecond: requests.average,
    inferFailed: non2xx + errors,
  };
}

function infer(url) {
  return autocannon({
    url: `${url}/v2/models/heart/infer`,
    method: 'POST',
    headers,
    body,
    connections: CONNECTIONS,
    duration: SECONDS,
  });
}

/** @returns {Promise<number>} milliseconds until all are there */
async function loadOthers(url) {
  const startedAt = performance.now();
  await Promise.all(
    OTHERS.map(async (name) => {
      // Answered at once, while the load goes on.
      const init = { method: 'POST', headers: { ...headers, prefer: 'respond-async' }, body };
      const { status } = await fetch(`${url}/v2/models/${name}/infer`, init);
      if (status !== 202) throw new Error(`The first request for ${name} was answered ${status}.`);
    }),
  );
  for (const name of ['heart', ...OTHERS]) {
    while (!(await fetch(`${url}/v2/models/${name}/ready`)).ok) {
      if (performance.now() - startedAt > SECONDS * 1_000)
        throw new Error(`${name} was not loaded while the load lasted.`);
      await sleep(20);
    }
  }
  return performance.now() - startedAt;
}

/** A child whose output is read line by line. */
function start(script, ...args) {
  const child = spawn(process.execPath, [join(here, script), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
  return {
    child,
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended before it said anything.`);
      return value.trim();
    },
    async rest() {
      let text = '';
      for (let line = await lines.next(); !line.done; line = await lines.next()) text += line.value;
      return text;
    },
  };
}
