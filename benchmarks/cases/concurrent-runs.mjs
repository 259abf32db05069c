/** Milliseconds for 200 concurrent runs of a model that takes 2 ms, beside one run and beside no registry at all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineModel, ModelRegistry } from '@warmset/registry';
import { median } from '../lib/statistics.mjs';

const CONCURRENT = 200;
const INFERENCE_MS = 2;
const TIMES = 50;

const infer = async (_model, input) => {
  await sleep(INFERENCE_MS);
  return input;
};
const registry = new ModelRegistry({
  models: { fake: defineModel({ load: () => ({}), run: infer, estimateBytes: 1_000 }) },
});
await registry.load('fake');

const all = (run) => Promise.all(Array.from({ length: CONCURRENT }, (_, i) => run(i)));
const contenders = {
  'one run': () => registry.run('fake', 0),
  '200 runs': () => all((i) => registry.run('fake', i)),
  '200 calls without a registry': () => all((i) => infer({}, i)),
};
const figures = {};
for (const [name, work] of Object.entries(contenders)) {
  const times = [];
  for (let i = 0; i < TIMES; i++) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  figures[name] = median(times);
}
process.stdout.write(JSON.stringify({ figures }), () => process.exit());
