/** Run by a test: leaves a registry in the state that its argument names, and must then end by itself. */
import { defineModel, ModelRegistry } from '../../src/index.js';

const [, , state] = process.argv;
const registry = new ModelRegistry({
  models: { model: defineModel({ load: () => 'model', run: () => 'output', estimateBytes: 1 }) },
  idleTimeoutMs: 3_600_000,
});
if (state === 'loaded' || state === 'closed') await registry.run('model', 1, { timeoutMs: 3_600_000 });
if (state === 'leased') await registry.acquire('model', { signal: new AbortController().signal });
if (state === 'closed') await registry.close();
process.stdout.write(`${state}\n`);
