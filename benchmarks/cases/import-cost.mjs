/**
 * What an application pays before its first model: imports the registry and both adapters and registers four models
 * in a fresh process, beside a process that does nothing.
 */
import { join } from 'node:path';
import { runFresh } from '../lib/fresh-process.mjs';
import { here } from '../lib/paths.mjs';

const child = (what) => runFresh(['--expose-gc', join(here, 'cases/import-cost-child.mjs'), what]);

const empty = await timed(() => child('empty'));
const four = await timed(() => child('four-models'));

const MEBIBYTE = 2 ** 20;
const figures = {
  'ms to import and register': four.result.ms,
  'ms more from start to end of the process': four.ms - empty.ms,
  'MiB more resident': (four.result.residentBytes - empty.result.residentBytes) / MEBIBYTE,
  'MiB more heap': (four.result.heapBytes - empty.result.heapBytes) / MEBIBYTE,
  'files loaded': four.result.files.length,
  'native add-ons loaded': four.result.addons.length,
  'files of a runtime loaded': four.result.files.filter(isRuntime).length,
};
process.stdout.write(JSON.stringify({ figures, addons: four.result.addons }));

function isRuntime(url) {
  return /node_modules\/(onnxruntime|@tensorflow|h5wasm)/.test(url);
}

async function timed(work) {
  const startedAt = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedAt };
}
