/**
 * How `GET /health` does, asked every 5 ms, while the server loads every model of the examples and the 142 MB one: with
 * the bare runtimes, then in process hosts. The caller is a process of its own, as a load balancer is.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { onnxModel } from '@warmset/adapters-onnx';
import { tfjsModel } from '@warmset/adapters-tfjs';
import { ModelRegistry } from '@warmset/registry';
import { bareSession } from '../lib/bare.mjs';
import { bigModel } from '../lib/mlp-file.mjs';
import { here } from '../lib/paths.mjs';
import { percentile } from '../lib/statistics.mjs';

/** Each from nothing, so that there are enough requests for a 99th percentile. */
const TIMES = 5;
const example = (file) => join(here, '../examples/models', file);
const ONNX = { big: bigModel(), heart: example('heart/heart.onnx'), liver: example('liver/liver.onnx') };
const TFJS = { diabetes: example('diabetes/model.json'), lung: example('lung/model.json') };

const server = createServer((_request, response) => response.end('{"live":true}'));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/health`;

const figures = {};
// The hosts first: once the runtimes are in this process, loading them again would not be loading them.
for (const [name, loadAll] of Object.entries({ process: inHosts, bare: withBareRuntimes })) {
  const { latencies, failed } = await askedDuring(async () => {
    for (let i = 0; i < TIMES; i++) await loadAll();
  });
  figures[`${name}: requests`] = latencies.length + failed;
  figures[`${name}: failed`] = failed;
  for (const share of [50, 99]) figures[`${name}: p${share} ms`] = percentile(latencies, share / 100);
  figures[`${name}: slowest ms`] = Math.max(...latencies);
}
process.stdout.write(JSON.stringify({ figures }), () => process.exit());

async function inHosts() {
  const models = {};
  for (const [name, path] of Object.entries(ONNX)) models[name] = onnxModel({ path });
  for (const [name, path] of Object.entries(TFJS)) models[name] = tfjsModel({ path });
  const registry = new ModelRegistry({ models });
  const { failed } = await registry.preload();
  if (failed.length > 0) throw new Error(`Not loaded: ${JSON.stringify(failed)}`);
  await registry.close();
}

async function withBareRuntimes() {
  for (const path of Object.values(ONNX)) await (await bareSession(path)).release();
  const tf = await import('@tensorflow/tfjs');
  const { readTfjs } = await import('../lib/bare-tfjs.mjs');
  await tf.setBackend('cpu');
  (await tf.loadLayersModel(readTfjs(TFJS.diabetes))).dispose();
  (await tf.loadGraphModel(readTfjs(TFJS.lung))).dispose();
}

/** Asks from another process while `work` goes on. */
async function askedDuring(work) {
  const child = spawn(process.execPath, [join(here, 'cases/isolation-health-caller.mjs'), url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
  // It says that its first requests, which open the connection, have been answered.
  await lines.next();
  await work();
  child.stdin.end();
  let output = '';
  for (let line = await lines.next(); !line.done; line = await lines.next()) output += line.value;
  return JSON.parse(output);
}
