// What a loaded ONNX model holds, measured: a process for each model, its anonymous memory from /proc (Linux). Memory
// backed by files, the libraries' own code, is left out: whether it counts as private depends on who else runs them.
//
//   python make_memory_models.py /tmp/memory-models && (cd .. && npx tsup)
//   node measure-memory.mjs /tmp/memory-models/*.onnx
//
// Prints a Markdown table. The figures behind src/estimate.ts and docs/adapters/onnx.md are from here.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onnxModel } from '../dist/index.js';

const MIB = 2 ** 20;
/** Both of glibc's settings: as it comes, and giving back what is freed. */
const ALLOCATORS = { default: {}, trimming: { MALLOC_TRIM_THRESHOLD_: '131072' } };
/** The worst of so many processes is reported: what malloc keeps differs from one to the next. */
const REPEATS = 5;

if (process.argv[2] === '--child') await measure(process.argv[3]);
else table(process.argv.slice(2));

function table(paths) {
  console.log(
    '| MiB | file | estimate | held | peak of the load | after release | held, trimming | peak, trimming | after release, trimming |',
  );
  console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|');
  for (const path of paths) {
    const { default: usual, trimming } = Object.fromEntries(
      Object.entries(ALLOCATORS).map(([name, env]) => [name, worstOf(path, env)]),
    );
    const cells = [
      usual.file,
      usual.estimate,
      usual.loaded,
      usual.peak,
      usual.released,
      trimming.loaded,
      trimming.peak,
      trimming.released,
    ];
    console.log(`| ${nameOf(path)} | ${cells.map((bytes) => (bytes / MIB).toFixed(1)).join(' | ')} |`);
  }
}

function nameOf(path) {
  const name = basename(path, '.onnx');
  return name === 'model' ? basename(dirname(path)) : name;
}

function worstOf(path, env) {
  const runs = Array.from({ length: REPEATS }, () => {
    const args = ['--expose-gc', fileURLToPath(import.meta.url), '--child', path];
    return JSON.parse(
      execFileSync(process.execPath, args, {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  });
  return Object.fromEntries(
    Object.keys(runs[0]).map((key) => [key, Math.max(...runs.map((run) => run[key]))]),
  );
}

async function measure(path) {
  const definition = onnxModel({ path, sessionOptions: { logSeverityLevel: 4 } });
  const estimate = await definition.estimateBytes();
  const context = { name: 'm', signal: new AbortController().signal, reportProgress: () => {} };
  // The runtime itself is not the model's.
  const tiny = onnxModel({ path: fileURLToPath(new URL('../test/fixtures/linear.onnx', import.meta.url)) });
  await tiny.dispose(await tiny.load(context));
  await settle();
  const before = memory();
  writeFileSync('/proc/self/clear_refs', '5');
  const model = await definition.load(context);
  const peak = peakRss() - before.rss;
  for (let run = 0; run < 3; run += 1)
    await definition.run(model, zeros(definition.describe(model)), context);
  await settle();
  const loaded = memory().anonymous - before.anonymous;
  await definition.dispose(model);
  await settle();
  const released = memory().anonymous - before.anonymous;
  console.log(JSON.stringify({ file: fileBytes(path), estimate, loaded, peak, released }));
}

async function settle() {
  for (let turn = 0; turn < 3; turn += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function memory() {
  const text = readFileSync('/proc/self/smaps_rollup', 'utf8');
  const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)[1]) * 1024;
  return { anonymous: bytes('Anonymous'), rss: bytes('Rss') };
}

function peakRss() {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
}

function fileBytes(path) {
  const external = path.replace(/\.onnx$/, '.bin');
  return statSync(path).size + (existsSync(external) ? statSync(external).size : 0);
}

/** A request of one row, eight steps where there is a second free dimension. */
function zeros({ inputs }) {
  const arrays = { float32: Float32Array, float16: Uint16Array, int64: BigInt64Array, int32: Int32Array };
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape }) => {
      let free = 0;
      const sizes = shape.map((size) => (size < 0 ? (free++ === 0 ? 1 : 8) : size));
      return [name, { dtype, shape: sizes, data: new arrays[dtype](sizes.reduce((a, b) => a * b, 1)) }];
    }),
  );
}
