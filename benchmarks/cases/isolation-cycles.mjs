/**
 * The memory of the server and its hosts over many loads and evictions of 142 MB, beside the bare runtime. Arguments:
 * how many cycles.
 */
import { onnxModel } from '@warmset/adapters-onnx';
import { ModelRegistry } from '@warmset/registry';
import { bareSession } from '../lib/bare.mjs';
import { batchOf, bigModel } from '../lib/mlp-file.mjs';
import { familyMemory } from '../lib/process-memory.mjs';

const CYCLES = Number(process.argv[2]);
/** By then everything is loaded and compiled that ever will be. */
const SETTLED = 10;
const MEBIBYTE = 2 ** 20;
const path = bigModel();
const input = batchOf(1);
const figures = {};

await measure('warmset', await warmset());
await measure('bare', bare());
process.stdout.write(JSON.stringify({ figures }), () => process.exit());

/** Looks at the end of the tenth cycle and at the end of the last, each time with the model and without. */
async function measure(name, { load, evict }) {
  for (let cycle = 1; cycle <= CYCLES; cycle++) {
    await load();
    const look = cycle === SETTLED || cycle === CYCLES;
    if (look) note(`${name}, cycle ${cycle}, loaded`);
    await evict();
    if (look) note(`${name}, cycle ${cycle}, evicted`);
  }
}

function note(what) {
  globalThis.gc();
  const { privateBytes, residentBytes } = familyMemory();
  figures[`${what}: private MiB`] = privateBytes / MEBIBYTE;
  figures[`${what}: resident MiB`] = residentBytes / MEBIBYTE;
}

async function warmset() {
  const registry = new ModelRegistry({ models: { big: onnxModel({ path }) }, isolation: 'process' });
  return {
    load: () => registry.run('big', input),
    evict: async () => {
      const { evicted } = await registry.evict('big');
      if (!evicted) throw new Error('It was not evicted.');
    },
  };
}

function bare() {
  let session;
  return {
    load: async () => {
      session = await bareSession(path);
      await session.run(input);
    },
    evict: () => session.release(),
  };
}
