/** The longest stall of the server's event loop while 142 MB are loaded, and while they run a batch of 64. */
import { onnxModel } from '@warmset/adapters-onnx';
import { ModelRegistry } from '@warmset/registry';
import { bareSession } from '../lib/bare.mjs';
import { longestStall } from '../lib/loop-stall.mjs';
import { batchOf, bigModel } from '../lib/mlp-file.mjs';

const RUNS = 5;
const path = bigModel();
const batch = batchOf(64);
const figures = {};

figures['nothing at all'] = await longestStall(() => new Promise((resolve) => setTimeout(resolve, 500)));

// The bare runtime is second, so that it finds the file in the page cache as the others do.
for (const kind of ['process', 'bare', 'thread']) {
  const { load, run, end } = kind === 'bare' ? bare() : hosted(kind);
  figures[`${kind}: load`] = await longestStall(load);
  figures[`${kind}: batch of 64`] = await longestStall(async () => {
    for (let i = 0; i < RUNS; i++) await run();
  });
  await end();
}
process.stdout.write(JSON.stringify({ figures }), () => process.exit());

function bare() {
  let session;
  return {
    load: async () => {
      session = await bareSession(path);
    },
    run: () => session.run(batch),
    end: () => session.release(),
  };
}

/** A registry that has started nothing yet: the first load brings the host up too. */
function hosted(isolation) {
  const registry = new ModelRegistry({ models: { big: onnxModel({ path }) }, isolation });
  return {
    load: () => registry.load('big'),
    run: () => registry.run('big', batch),
    end: () => registry.close(),
  };
}
