// Measures what a loaded model takes, for the factors in src/estimate.ts and the table in docs/adapters/tfjs.md.
//
//   pnpm build && node packages/adapters-tfjs/scripts/measure-memory.mjs wasm cpu [tfjs-node]
//   python make_saved_models.py FOLDER && node …/measure-memory.mjs saved-models FOLDER
//
// Each model is measured in a process of its own that has loaded and run it once already, so that the runtime, its compiled code
// and its working memory are there. "Held" is what the process's private memory (smaps_rollup, so Linux only) grew by per copy, over
// three further copies (twenty of a small one), until after three runs of each and a garbage collection; "left" is what of that
// is still there after these copies were disposed of; "peak" is what the resident memory rose by on the way to the first of
// them. For tfjs-node, WARMSET_TFJS_NODE may name the package's folder.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHARED = fileURLToPath(new URL('../../../../shared/models/tfjs/', import.meta.url));
const FOLDER = join(tmpdir(), 'warmset-measure');

const F32 = { type: 'DT_FLOAT' };

function write(name, json, weights) {
  const folder = join(FOLDER, name);
  mkdirSync(folder, { recursive: true });
  const bytes = weights.reduce(
    (sum, { shape, quantization }) => sum + product(shape) * (quantization ? 1 : 4),
    0,
  );
  const data = Buffer.alloc(bytes);
  // Not zeros: pages of zeros may be shared.
  for (let index = 0; index < data.length; index += 4) data[index] = 1 + (index % 97);
  writeFileSync(join(folder, 'weights.bin'), data);
  writeFileSync(
    join(folder, 'model.json'),
    JSON.stringify({ ...json, weightsManifest: [{ paths: ['weights.bin'], weights }] }),
  );
  return join(folder, 'model.json');
}

const product = (shape) => shape.reduce((size, n) => size * n, 1);

function denseLayers(name, width, count, quantized) {
  const weights = [];
  const layers = [];
  for (let index = 0; index < count; index += 1) {
    const layer = `d${index}`;
    const first = index === 0 ? { batch_input_shape: [null, width] } : {};
    layers.push({
      class_name: 'Dense',
      config: { name: layer, units: width, activation: 'relu', dtype: 'float32', ...first },
    });
    for (const [weight, shape] of [
      ['kernel', [width, width]],
      ['bias', [width]],
    ]) {
      const quantization = quantized ? { dtype: 'uint8', scale: 0.001, min: 0 } : undefined;
      weights.push({ name: `${layer}/${weight}`, shape, dtype: 'float32', quantization });
    }
  }
  const modelTopology = {
    class_name: 'Sequential',
    config: { name, layers },
    keras_version: '2',
    backend: 'tensor_flow.js',
  };
  return write(name, { format: 'layers-model', modelTopology }, weights);
}

function graphChain(name, width, count) {
  const node = [
    {
      name: 'x',
      op: 'Placeholder',
      attr: { dtype: F32, shape: { shape: { dim: [{ size: '-1' }, { size: `${width}` }] } } },
    },
  ];
  const weights = [];
  for (let index = 0; index < count; index += 1) {
    node.push({ name: `w${index}`, op: 'Const', attr: { dtype: F32 } });
    const transposed = { b: false };
    node.push({
      name: `y${index}`,
      op: 'MatMul',
      input: [index === 0 ? 'x' : `y${index - 1}`, `w${index}`],
      attr: { T: F32, transpose_a: transposed, transpose_b: transposed },
    });
    weights.push({ name: `w${index}`, shape: [width, width], dtype: 'float32' });
  }
  return write(name, { format: 'graph-model', modelTopology: { node, versions: { producer: 1 } } }, weights);
}

function models() {
  const made = [
    ['LayersModel, 5 × Dense 1024', denseLayers('layers-20mb', 1024, 5)],
    ['LayersModel, 6 × Dense 2048', denseLayers('layers-100mb', 2048, 6)],
    ['LayersModel, 3 × Dense 16', denseLayers('layers-tiny', 16, 3)],
    ['LayersModel, 300 × Dense 16', denseLayers('layers-many', 16, 300)],
    ['LayersModel, 5 × Dense 1024, uint8', denseLayers('layers-uint8', 1024, 5, true)],
    ['GraphModel, 5 × MatMul 1024', graphChain('graph-20mb', 1024, 5)],
    ['GraphModel, 6 × MatMul 2048', graphChain('graph-100mb', 2048, 6)],
    ['GraphModel, 3 × MatMul 8', graphChain('graph-tiny', 8, 3)],
    ['GraphModel, 2000 × MatMul 8', graphChain('graph-many', 8, 2000)],
  ];
  if (existsSync(SHARED)) {
    made.push(['LayersModel, nsfwjs mobilenet_v2, uint8', join(SHARED, 'nsfwjs-mobilenet_v2/model.json')]);
    made.push(['GraphModel, magika', join(SHARED, 'magika-graph/model.json')]);
  }
  return made;
}

function memory() {
  const smaps = readFileSync('/proc/self/smaps_rollup', 'utf8');
  const sum = (pattern) =>
    [...smaps.matchAll(pattern)].reduce((total, [, kb]) => total + Number(kb) * 1024, 0);
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return {
    privateBytes: sum(/^Private_\w+:\s+(\d+)/gm),
    rssBytes: sum(/^Rss:\s+(\d+)/gm),
    peakBytes: Number(peak) * 1024,
  };
}

const zeros = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/** Definitions of one model, of which each is to be loaded apart. */
async function definitions(runtimeName, path) {
  const { savedModel, tfjsModel } = await import('../dist/index.js');
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  const packageFolder = process.env.WARMSET_TFJS_NODE;
  const node = packageFolder ? createRequire(import.meta.url)(packageFolder) : 'tfjs-node';
  if (runtimeName !== 'saved-models') {
    return () => tfjsModel({ path, runtime: runtimeName === 'tfjs-node' ? node : runtimeName });
  }
  let copies = 0;
  return () => {
    // Two SavedModels of one folder would share a session.
    copies += 1;
    const copy = join(FOLDER, `copy-${copies}`);
    rmSync(copy, { recursive: true, force: true });
    cpSync(path, copy, { recursive: true });
    return savedModel({ path: copy, runtime: node });
  };
}

async function measureOne(runtimeName, path) {
  const define = await definitions(runtimeName, path);
  const context = { name: 'm', signal: new AbortController().signal, reportProgress() {} };
  const loaded = async () => {
    const model = await define().load(context);
    const inputs = Object.fromEntries(
      model.signature.inputs.map(({ name, dtype, shape }) => {
        const sizes = shape.map((size) => Math.max(size, 1));
        return [name, { dtype, shape: sizes, data: new zeros[dtype](product(sizes)) }];
      }),
    );
    for (let run = 0; run < 3; run += 1) await model.run(inputs, { name: 'm' });
    return model;
  };
  const settle = async () => {
    for (let round = 0; round < 4; round += 1) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const estimateBytes = await define().estimateBytes();
  const models = [await loaded()];
  await settle();
  const before = memory();
  writeFileSync('/proc/self/clear_refs', '5');
  models.push(await loaded());
  const peakBytes = memory().peakBytes - before.rssBytes;
  const [model] = models;
  const bytes = bytesIn(dirname(path.endsWith('.json') ? path : join(path, 'saved_model.pb')));
  const copies = bytes < 4e6 ? 20 : 3;
  while (models.length <= copies) models.push(await loaded());
  await settle();
  const heldBytes = (memory().privateBytes - before.privateBytes) / copies;
  for (const copy of models.splice(1)) copy.dispose();
  await settle();
  const leftBytes = (memory().privateBytes - before.privateBytes) / copies;
  console.log(
    JSON.stringify({
      fileBytes: bytes,
      weightBytes: model.weightBytes,
      heldBytes,
      leftBytes,
      peakBytes,
      estimateBytes,
    }),
  );
}

function bytesIn(folder) {
  const names = readdirSync(folder, { recursive: true });
  return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

const [, script, ...args] = process.argv;
if (args[0] === '--one') await measureOne(args[1], args[2]);
else {
  const mb = (bytes) => (bytes === undefined ? '–' : (bytes / 1e6).toFixed(1));
  console.log(
    '| model | runtime | files | weights | held | left | peak | estimate |\n|---|---|--:|--:|--:|--:|--:|--:|',
  );
  const [first, folder] = args;
  const saved =
    first === 'saved-models' ? readdirSync(folder).map((name) => [name, join(folder, name)]) : undefined;
  for (const runtime of saved === undefined ? args : [first]) {
    for (const [name, path] of saved ?? models()) {
      const command = ['--expose-gc', script, '--one', runtime, path];
      const output = execFileSync(process.execPath, command, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const { fileBytes, weightBytes, heldBytes, leftBytes, peakBytes, estimateBytes } = JSON.parse(
        output.trim().split('\n').at(-1),
      );
      const figures = [fileBytes, weightBytes, heldBytes, leftBytes, peakBytes, estimateBytes];
      console.log(`| ${name} | ${runtime} | ${figures.map(mb).join(' | ')} |`);
    }
  }
}
