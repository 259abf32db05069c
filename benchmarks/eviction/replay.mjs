import { ModelRegistry } from '@warmset/registry';
import { FakeClock, fakeMemoryProbe, fakeModel } from '@warmset/registry/testing';

/** The thrash guard lets a load wait for a second at most: in such steps the clock moves on while it does. */
const STEP_MS = 50;

/** A load that has not come to an end by then never will. */
const MOST_STEPS = 10_000;

/**
 * @typedef {object} Outcome
 * @property {number} coldSeconds load times of all loads together
 * @property {number} loads
 * @property {number} evictions
 * @property {number} microsecondsPerEvent of this process, the fake clock and the fake models included
 */

/**
 * Sends requests through a real registry on a fake clock, one after the other: each takes no time, a load takes its load
 * time, and the day stands still for as long.
 *
 * @param {readonly import('./trace.mjs').Request[]} requests
 * @param {readonly import('./trace.mjs').TracedModel[]} models
 * @param {number} budgetBytes
 * @param {import('@warmset/registry').RegistryOptions} options
 * @returns {Promise<Outcome>}
 */
export async function replay(requests, models, budgetBytes, options) {
  const clock = new FakeClock();
  const registry = new ModelRegistry({
    ...options,
    clock,
    memory: { budgetBytes, probe: fakeMemoryProbe({ limit: Number.MAX_SAFE_INTEGER }) },
    load: { retries: 0 },
  });
  const fakes = new Map(models.map(({ name, bytes, loadMs }) => [name, fakeModel({ bytes, loadMs })]));
  for (const [name, fake] of fakes) registry.register(name, fake);

  const startedAt = performance.now();
  let last = 0;
  for (const { at, model } of requests) {
    if (at > last) await clock.advance(at - last);
    last = at;
    const lease = registry.tryAcquire(model.name);
    if (lease === undefined) await useCold(registry, clock, model);
    else lease.release();
  }
  const microseconds = (performance.now() - startedAt) * 1_000;

  const { total, failed, evictions } = registry.snapshot().loads;
  if (failed > 0) throw new Error(`${failed} of ${total} loads failed.`);
  const closing = registry.close();
  await clock.runAll();
  await closing;
  const coldMs = models.reduce((sum, { name, loadMs }) => sum + fakes.get(name).loadsStarted * loadMs, 0);
  return {
    coldSeconds: coldMs / 1_000,
    loads: total,
    evictions,
    microsecondsPerEvent: microseconds / requests.length,
  };
}

async function useCold(registry, clock, { name, loadMs }) {
  let isServed = false;
  const use = registry
    .use(name, () => {})
    .then(() => {
      isServed = true;
    });
  await clock.advance(loadMs);
  for (let steps = 0; !isServed; steps += 1) {
    if (steps > MOST_STEPS)
      throw new Error(`${name} was not served: ${JSON.stringify(registry.explain(name))}`);
    await clock.advance(STEP_MS);
  }
  await use;
}
