/**
 * What a Node user would pick instead, each set up as its documentation says for a thing that is loaded once by key.
 * Every one has its own hot loop, written out: one loop shared by all would measure its own megamorphic call.
 */
import { createCache } from 'async-cache-dedupe';
import genericPool from 'generic-pool';
import { LRUCache } from 'lru-cache';
import memoizee from 'memoizee';
import pMemoize from 'p-memoize';

/**
 * @typedef {{ answer: number }} Model
 * @typedef {object} Contender
 * @property {() => Promise<Model>} get one awaited get, with the release where there is one
 * @property {(times: number) => number | Promise<number>} loop that many gets, one after the other
 * @typedef {(load: () => Promise<Model>, key: string) => Contender} CreateContender
 */

/** @type {Record<string, CreateContender>} */
export const peers = {
  'Map<key, Promise> by hand'(load, key) {
    const models = new Map();
    const get = (name) => {
      let model = models.get(name);
      if (model === undefined) {
        model = load();
        models.set(name, model);
      }
      return model;
    };
    return {
      get: () => get(key),
      async loop(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += (await get(key)).answer;
        return sum;
      },
    };
  },

  'check-then-load by hand'(load, key) {
    const models = new Map();
    const get = async (name) => {
      if (!models.has(name)) models.set(name, await load());
      return models.get(name);
    };
    return {
      get: () => get(key),
      async loop(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += (await get(key)).answer;
        return sum;
      },
    };
  },

  'lru-cache fetch'(load, key) {
    const cache = new LRUCache({ max: 1_000, fetchMethod: load });
    return {
      get: () => cache.fetch(key),
      async loop(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += (await cache.fetch(key)).answer;
        return sum;
      },
    };
  },

  'p-memoize'(load, key) {
    const get = pMemoize(load);
    return {
      get: () => get(key),
      async loop(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += (await get(key)).answer;
        return sum;
      },
    };
  },

  'async-cache-dedupe'(load, key) {
    const cache = createCache({ ttl: 3_600, storage: { type: 'memory' } }).define('model', load);
    return {
      get: () => cache.model(key),
      async loop(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += (await cache.model(key)).answer;
        return sum;
      },
    };
  },

  'generic-pool acquire + release'(load) {
    const pool = genericPool.createPool({ create: load, destroy: async () => {} }, { max: 1 });
    return {
      async get() {
        const model = await pool.acquire();
        pool.release(model);
        return model;
      },
      async loop(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) {
          const model = await pool.acquire();
          sum += model.answer;
          pool.release(model);
        }
        return sum;
      },
    };
  },
  memoizee(load, key) {
    const get = memoizee((_name) => load(), { promise: true, primitive: true });
    return {
      get: () => get(key),
      async loop(times) {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += (await get(key)).answer;
        return sum;
      },
    };
  },
};
