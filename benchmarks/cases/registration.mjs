/**
 * Time and memory of 100,000 registered models that nobody has asked for. Argument: which definitions they have.
 * `shared` is one object for all; `own` an object with closures for each, as an application writes them; `onnx` what
 * the ONNX adapter makes of a path.
 */
import { defineModel, ModelRegistry } from '@warmset/registry';

const MODELS = 100_000;

const shared = defineModel({ load: () => ({}), run: (_model, input) => input, dispose: () => {} });
const makers = {
  shared: async () => () => shared,
  own: async () => (i) =>
    defineModel({
      load: () => ({ weights: i }),
      run: (model, input) => model.weights + input,
      dispose: () => {},
      estimateBytes: 1_000,
    }),
  async onnx() {
    const { onnxModel } = await import('@warmset/adapters-onnx');
    // Relative, as in the guide: the adapter keeps the absolute path beside it.
    return (i) => onnxModel({ path: `models/model-${i}.onnx` });
  },
};
const make = await makers[process.argv[2]]();

const registry = new ModelRegistry();
// What the first registration compiles is not what a model costs.
registry.register('first', make(0));

const before = collected();
const startedAt = performance.now();
for (let i = 0; i < MODELS; i++) registry.register(`model-${i}`, make(i));
const ms = performance.now() - startedAt;
const after = collected();

if (registry.status(`model-${MODELS - 1}`).state !== 'idle')
  throw new Error('The last model is not registered.');
const figures = {
  'ms for 100,000 models': ms,
  'heap bytes per model': (after.heapUsed - before.heapUsed) / MODELS,
  'resident bytes per model': (after.rss - before.rss) / MODELS,
};
process.stdout.write(JSON.stringify({ figures }), () => process.exit());

function collected() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage();
}
