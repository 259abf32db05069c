/** What comes back of 142 MB within half a second of their eviction, and what the hosts themselves cost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { onnxModel } from '@warmset/adapters-onnx';
import { ModelRegistry } from '@warmset/registry';
import { bareSession } from '../lib/bare.mjs';
import { echoDefinition } from '../lib/echo-model.mjs';
import { bigModel, smallModel } from '../lib/mlp-file.mjs';
import { familyMemory } from '../lib/process-memory.mjs';

const WITHIN_MS = 500;
const MEBIBYTE = 2 ** 20;
const big = bigModel();
const figures = {};

await ownHost();
await emptyHost('process');
await emptyHost('thread');
await bareRuntime();
process.stdout.write(JSON.stringify({ figures }), () => process.exit());

async function ownHost() {
  const registry = new ModelRegistry({ models: { big: onnxModel({ path: big }) }, isolation: 'process' });
  // The code that starts hosts is loaded with the first: it is not the model's.
  await registry.load('big');
  await registry.evict('big');
  const before = held();
  await registry.load('big');
  const loaded = held();
  const { memory } = registry.status('big');
  const { freedBytes } = await registry.evict('big');
  await sleep(WITHIN_MS);
  const after = held();
  figures['process: MiB that the model brought'] = (loaded - before) / MEBIBYTE;
  figures['process: MiB reported for it'] = memory.bytes / MEBIBYTE;
  figures['process: MiB reported as freed'] = freedBytes / MEBIBYTE;
  figures['process: MiB back within 500 ms'] = (loaded - after) / MEBIBYTE;
  await registry.close();
}

/** A host with nothing but a model that is nothing, then with ONNX Runtime and 37 kB in it as well. */
async function emptyHost(kind) {
  const models = { nothing: echoDefinition(), small: onnxModel({ path: smallModel() }) };
  const registry = new ModelRegistry({ models, isolation: kind });
  const before = held();
  const startedAt = performance.now();
  await registry.load('nothing');
  figures[`${kind}: ms to start an empty host`] = performance.now() - startedAt;
  figures[`${kind}: MiB of an empty host`] = (held() - before) / MEBIBYTE;
  await registry.load('small');
  figures[`${kind}: MiB of a host with ONNX Runtime and 37 kB`] = (held() - before) / MEBIBYTE;
  await registry.close();
}

async function bareRuntime() {
  // As above, the runtime itself is not the model's.
  await (await bareSession(smallModel())).release();
  const before = held();
  const session = await bareSession(big);
  const loaded = held();
  await session.release();
  await sleep(WITHIN_MS);
  figures['bare: MiB that the model brought'] = (loaded - before) / MEBIBYTE;
  figures['bare: MiB back within 500 ms'] = (loaded - held()) / MEBIBYTE;
}

/** Of the server and its hosts together, without this thread's garbage. */
function held() {
  globalThis.gc();
  return familyMemory().privateBytes;
}
