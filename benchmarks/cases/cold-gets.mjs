/** How often the loader runs when 1,000 callers ask at once for a thing that is not loaded. */
import { setTimeout as sleep } from 'node:timers/promises';
import { peers } from './peers.mjs';
import { registryOf, waysOf } from './warmset.mjs';

const CALLERS = 1_000;
const LOAD_MS = 20;

const figures = {};
for (const [name, create] of Object.entries(peers)) {
  figures[name] = await loaderRuns((load) => create(load, 'model-0').get);
}
for (const way of ['use', 'acquire + release', 'run']) {
  figures[`warmset ${way}`] = await loaderRuns((load) => {
    const { registry, key } = registryOf(load, 1);
    return waysOf(registry, key)[way].get;
  });
}
process.stdout.write(JSON.stringify({ figures }), () => process.exit());

/** @param {(load: () => Promise<{ answer: number }>) => () => Promise<unknown>} makeGet */
async function loaderRuns(makeGet) {
  let runs = 0;
  const get = makeGet(async () => {
    runs += 1;
    await sleep(LOAD_MS);
    return { answer: 42 };
  });
  await Promise.all(Array.from({ length: CALLERS }, () => get()));
  return runs;
}
