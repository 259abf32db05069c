/** The ways to get at a model of Warmset, as contenders beside those of `peers.mjs`. */
import { defineModel, ModelRegistry } from '@warmset/registry';

/**
 * A registry with that many models, of which none is loaded yet.
 *
 * @param {() => Promise<import('./peers.mjs').Model>} load
 * @param {number} count
 */
export function registryOf(load, count) {
  const registry = new ModelRegistry({ memory: { budgetBytes: 2 ** 30 } });
  const definition = defineModel({ load, run: (model, input) => model.answer + input, estimateBytes: 1_000 });
  const names = Array.from({ length: count }, (_, index) => `model-${index}`);
  for (const name of names) registry.register(name, definition);
  // In the middle, where the order of registration helps nobody; the very string that was registered, as the peers
  // are asked with the very string that they keep.
  return { registry, key: names[count >> 1] };
}

/**
 * @param {ModelRegistry} registry
 * @param {string} key
 * @returns {Record<string, import('./peers.mjs').Contender>}
 */
export function waysOf(registry, key) {
  return {
    use: {
      get: () => registry.use(key, (model) => model),
      async loop(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += await registry.use(key, (model) => model.answer);
        return sum;
      },
    },
    'acquire + release': {
      async get() {
        const lease = await registry.acquire(key);
        lease.release();
        return lease.model;
      },
      async loop(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) {
          const lease = await registry.acquire(key);
          sum += lease.model.answer;
          lease.release();
        }
        return sum;
      },
    },
    run: {
      get: () => registry.run(key, 0),
      async loop(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += await registry.run(key, 0);
        return sum;
      },
    },
    'tryAcquire + release': {
      /** Never loads, so it has no cold get. */
      get: undefined,
      loop(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) {
          const lease = registry.tryAcquire(key);
          sum += lease.model.answer;
          lease.release();
        }
        return sum;
      },
    },
  };
}
