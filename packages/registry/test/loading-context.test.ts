import { AsyncLocalStorage } from 'node:async_hooks';
import { defineModel, ModelRegistry } from '@warmset/registry';
import { FakeClock } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { deferred } from './support/promises.js';

/** A request's own context, as a tracer or a web framework keeps it. */
const requests = new AsyncLocalStorage<string>();

function openObserved(options: { retries?: number; idleTimeoutMs?: number } = {}) {
  const seen: Record<string, (string | undefined)[]> = {};
  const see = (what: string) => {
    seen[what] ??= [];
    seen[what].push(requests.getStore());
  };
  const clock = new FakeClock();
  const gate = deferred();
  let failures = options.retries ?? 0;
  const model = defineModel({
    estimateBytes: () => {
      see('estimate');
      return 1;
    },
    async load(context) {
      see('load');
      context.signal.addEventListener('abort', () => see('abort'));
      await new Promise<void>((resolve) => setTimeout(resolve));
      see('timer of the load');
      await gate.promise;
      see('after a wait');
      if (failures-- > 0) throw new Error('not yet');
      return 'model';
    },
    warmup: () => see('warm-up'),
    describe: () => {
      see('describe');
      return { inputs: [], outputs: [] };
    },
    run: () => see('run'),
    dispose: () => see('dispose'),
  });
  const registry = new ModelRegistry({
    models: { model },
    clock,
    load: { retries: options.retries ?? 0 },
    idleTimeoutMs: options.idleTimeoutMs ?? Number.POSITIVE_INFINITY,
  });
  return { registry, clock, seen, see, gate };
}

describe('the context of a request', () => {
  it('4: does not reach the loader, its timers, its warm-up or its retries', async () => {
    const { registry, clock, seen, gate } = openObserved({ retries: 2 });
    gate.resolve();
    const running = requests.run('first', () => registry.run('model', 0));
    for (let tries = 0; registry.status('model').state !== 'ready' && tries < 1000; tries += 1) {
      await clock.advance(100);
    }
    await running;
    const { run, ...load } = seen;
    expect(load.load).toHaveLength(3);
    for (const [what, stores] of Object.entries(load)) {
      expect(new Set(stores), what).toEqual(new Set([undefined]));
    }
    expect(run).toEqual(['first']);
  });

  it('4: does not reach the signal handlers of a load that is cancelled', async () => {
    const { registry, clock, seen } = openObserved();
    const leaving = new AbortController();
    const left = requests.run('first', () => registry.acquire('model', { signal: leaving.signal }));
    await clock.settle();
    leaving.abort();
    await expect(left).rejects.toThrow();
    expect(seen.abort).toEqual([undefined]);
  });

  it('4: is there for run and use, each with its own, though both waited for the same load', async () => {
    const { registry, clock, seen, see, gate } = openObserved();
    const calls = Promise.all([
      requests.run('first', () => registry.run('model', 0)),
      requests.run('second', () => registry.use('model', () => see('use'))),
    ]);
    await clock.settle();
    gate.resolve();
    await calls;
    expect([seen.run, seen.use]).toEqual([['first'], ['second']]);
  });

  it.each([
    ['evict', (registry: ModelRegistry) => registry.evict('model')],
    ['a forced evict', (registry: ModelRegistry) => registry.evict('model', { force: true, timeoutMs: 0 })],
    ['reload', (registry: ModelRegistry) => registry.reload('model')],
    ['reload with freeFirst', (registry: ModelRegistry) => registry.reload('model', { freeFirst: true })],
    ['unregister', (registry: ModelRegistry) => registry.unregister('model')],
    ['close', (registry: ModelRegistry) => registry.close({ timeoutMs: 0 })],
  ])('4: does not reach the dispose that %s causes, nor the load of a new copy', async (_name, act) => {
    const { registry, clock, seen, gate } = openObserved();
    gate.resolve();
    const lease = await requests.run('first', () => registry.acquire('model'));
    const acting = requests.run('second', () => act(registry as unknown as ModelRegistry));
    await clock.advance(1);
    requests.run('third', () => lease.release());
    await acting;
    await clock.settle();
    const { run: _run, ...others } = seen;
    expect(seen.dispose).toEqual([undefined]);
    for (const [what, stores] of Object.entries(others)) {
      expect(new Set(stores), what).toEqual(new Set([undefined]));
    }
  });

  it('4: does not reach the dispose of a model whose idle time is over', async () => {
    for (const idleTimeoutMs of [0, 10]) {
      const { registry, clock, seen, gate } = openObserved({ idleTimeoutMs });
      gate.resolve();
      await requests.run('first', () => registry.run('model', 0));
      await requests.run('second', () => clock.advance(10));
      expect(seen.dispose).toEqual([undefined]);
    }
  });
});
