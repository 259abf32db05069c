/**
 * Answers a second of `POST /v2/models/heart/infer` over 64 connections: a bare Fastify route around onnxruntime-node, and
 * Warmset's servers. Each is a process of its own, all are up the whole time, and they take turns.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { here } from '../lib/paths.mjs';
import { median } from '../lib/statistics.mjs';
import { inTurns } from './isolation-contenders.mjs';

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 64;
const NAMES = ['bare', 'warmset, own server', 'warmset, own server, inline', 'warmset, in Fastify'];
const patient = [43, 1, 4, 150, 247, 0, 0, 171, 0, 1.5, 1, 0, 3];
const body = JSON.stringify({
  inputs: [{ name: 'features', datatype: 'FP32', shape: [1, patient.length], data: patient }],
});

const servers = await Promise.all(NAMES.map(start));
const urls = Object.fromEntries(servers.map(({ name, url }) => [name, url]));
await assertSameAnswers();
await inTurns(urls, 1, answersPerSecond);
const samples = await inTurns(urls, ROUNDS, answersPerSecond);
const figures = Object.fromEntries(Object.entries(samples).map(([name, all]) => [name, median(all)]));
for (const { child } of servers) child.stdin.end();
process.stdout.write(JSON.stringify({ figures }), () => process.exit());

async function start(name) {
  const child = spawn(process.execPath, [join(here, 'lib/throughput-server.mjs'), name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { value, done } = await child.stdout.setEncoding('utf8')[Symbol.asyncIterator]().next();
  if (done) throw new Error(`The server "${name}" did not start.`);
  return { name, child, url: value.trim() };
}

async function answersPerSecond(url) {
  const { non2xx, errors, requests } = await autocannon({
    url: `${url}/v2/models/heart/infer`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    connections: CONNECTIONS,
    duration: SECONDS,
  });
  if (non2xx + errors > 0) throw new Error(`${non2xx + errors} requests failed.`);
  return requests.average;
}

/** Faster only counts where the answer is the same. */
async function assertSameAnswers() {
  const answers = await Promise.all(
    Object.values(urls).map(async (url) => {
      const response = await fetch(`${url}/v2/models/heart/infer`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const { outputs } = await response.json();
      return JSON.stringify(outputs.map(({ name, data }) => [name, data]));
    }),
  );
  if (new Set(answers).size > 1) throw new Error(`The servers answer differently: ${answers.join(' ')}`);
}
