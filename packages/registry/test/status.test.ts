import { defineModel } from '@warmset/registry';
import { fakeMemoryProbe, fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe('status', () => {
  it('of a model that nobody has asked for', () => {
    const { registry } = openRegistry({ model: fakeModel() });
    const status = registry.status('model');
    expect(status).toEqual({
      name: 'model',
      state: 'idle',
      leases: 0,
      waiting: 0,
      pinned: false,
      loads: 0,
      loadFailures: 0,
      evictions: 0,
      runs: 0,
      runFailures: 0,
      memory: { bytes: 0, source: 'none' },
      isolation: 'inline',
    });
  });

  it('through a load, a run and an eviction, always plain JSON', async () => {
    const signature = {
      inputs: [{ name: 'x', dtype: 'float32' as const, shape: [-1, 13] }],
      outputs: [{ name: 'y', dtype: 'float32' as const, shape: [-1, 1] }],
    };
    const model = manualModel({
      estimateBytes: 10,
      measureBytes: () => 8,
      describe: () => signature,
      describeRuntime: () => 'fake 1.0 (cpu)',
      pinned: true,
    });
    const { registry, clock } = openRegistry({ model });
    const running = registry.run('model', 1);
    await clock.advance(5);
    expect(registry.status('model')).toMatchObject({
      state: 'loading',
      waiting: 1,
      pinned: true,
      memory: { bytes: 0, source: 'none', estimatedBytes: 10, reservedBytes: 10 },
    });
    loadOf(model).context.reportProgress(0.5);
    expect(registry.status('model').load).toMatchObject({ progress: 0.5 });
    expect(plain(registry.snapshot())).toEqual(registry.snapshot());
    loadOf(model).resolve();
    await running;
    const status = registry.status('model');
    expect(status).toMatchObject({
      state: 'ready',
      loads: 1,
      runs: 1,
      load: { lastMs: 5, meanMs: 5, maxMs: 5, queuedMs: 0, at: 5 },
      run: { meanMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0 },
      memory: { bytes: 8, source: 'runtime' },
      runtime: 'fake 1.0 (cpu)',
      signature,
      lastUsedAt: 5,
    });
    expect(status.memory).not.toHaveProperty('reservedBytes');
    expect(plain(status)).toEqual(status);
    await registry.evict('model');
    const after = registry.status('model');
    expect(after).toMatchObject({ state: 'idle', evictions: 1, lastUsedAt: 5, memory: { bytes: 0 } });
    expect(after).not.toHaveProperty('signature');
    expect(after).not.toHaveProperty('runtime');
  });

  it('reading it loads nothing, counts as no use, and resets no idle time-out', async () => {
    const { registry, clock } = openRegistry({ model: fakeModel() }, { idleTimeoutMs: 100 });
    await registry.run('model', 1);
    const before = registry.status('model');
    expect(before.expiresAt).toBe(100);
    for (let ms = 0; ms < 99; ms += 1) {
      await clock.advance(1);
      expect(registry.status('model')).toEqual(before);
      registry.snapshot();
      registry.explain('model');
    }
    await clock.advance(1);
    expect(registry.status('model').state).toBe('idle');
  });

  it('does not change with what its reader does to it', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    const status = registry.status('model');
    status.state = 'ready';
    status.memory.bytes = 9;
    registry.snapshot().models.pop();
    registry.explain('model').decisions.concat([]);
    expect(registry.status('model')).toMatchObject({ state: 'idle', memory: { bytes: 0 } });
  });

  it('of a failed model has its error, when it was and when the next try may be', async () => {
    const { registry, clock } = openRegistry({
      model: fakeModel({ failures: 1, error: new Error('no file') }),
    });
    await clock.advance(3);
    const error = (await rejection(registry.load('model'))) as Error;
    expect(registry.status('model')).toMatchObject({
      state: 'failed',
      loadFailures: 1,
      error: { code: 'ERR_LOAD_FAILED', message: error.message, at: 3, retryAt: 5003 },
    });
  });

  it('is the same through a handle', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    expect(registry.handle('model').status()).toEqual(registry.status('model'));
  });
});

describe('snapshot', () => {
  it('of a registry as it opens', () => {
    const { registry } = openRegistry(
      {},
      { memory: { budgetBytes: 100, probe: fakeMemoryProbe({ rss: 40, limit: 90 }) } },
    );
    expect(registry.snapshot()).toEqual({
      at: 0,
      startedAt: 0,
      state: 'open',
      ready: true,
      healthy: true,
      models: [],
      memory: {
        budgetBytes: 100,
        usedBytes: 0,
        reservedBytes: 0,
        modelBytes: 0,
        hostBytes: 0,
        unregisteredBytes: 0,
        rssBytes: 40,
        limitBytes: 90,
        availableBytes: 50,
        budget: {
          option: 100,
          budgetBytes: 100,
          limitBytes: 90,
          limitSource: 'probe',
          processBytes: 0,
          reserveBytes: 0,
          floorBytes: 0,
          sentence:
            '100 bytes for models, as memory.budgetBytes says; the limit is 90 bytes (the memory probe’s limit).',
        },
        deficits: [],
      },
      loads: { active: 0, queued: 0, total: 0, failed: 0, evictions: 0 },
      hosts: [],
    });
  });

  it('adds up what the models hold, load and have done', async () => {
    const models = {
      used: fakeModel({ bytes: 10 }),
      leaving: fakeModel({ bytes: 20, disposeMs: 100 }),
      loading: fakeModel({ bytes: 30, loadMs: 100 }),
      queued: fakeModel({ loadMs: 100 }),
      bad: fakeModel({ failures: 1 }),
    };
    const { registry, clock } = openRegistry(models, { load: { concurrency: 1 } });
    await registry.acquire('used');
    await registry.load('leaving');
    await rejection(registry.load('bad'));
    const calls = [
      watch(registry.evict('leaving')),
      watch(registry.load('loading')),
      watch(registry.load('queued')),
    ];
    await clock.advance(7);
    const snapshot = registry.snapshot();
    expect(snapshot).toMatchObject({
      at: 7,
      memory: { usedBytes: 30, reservedBytes: 30 },
      loads: { active: 1, queued: 1, total: 4, failed: 1, evictions: 0 },
      hosts: [{ kind: 'inline', pid: process.pid, models: ['used', 'leaving'], inFlight: 1 }],
    });
    expect(snapshot.models.map(({ name, state }) => [name, state])).toEqual([
      ['used', 'ready'],
      ['leaving', 'draining'],
      ['loading', 'loading'],
      ['queued', 'queued'],
      ['bad', 'failed'],
    ]);
    expect(plain(snapshot)).toEqual(snapshot);
    await clock.runAll();
    expect(calls.map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved']);
    expect(registry.snapshot()).toMatchObject({ loads: { evictions: 1 }, memory: { usedBytes: 40 } });
  });

  it('keeps the order of registration', () => {
    const { registry } = openRegistry({ b: fakeModel(), a: fakeModel() });
    registry.register('c', defineModel({ load: () => 1 }));
    expect(registry.snapshot().models.map(({ name }) => name)).toEqual(['b', 'a', 'c']);
  });
});

describe('evictAll', () => {
  it('evicts all that is loaded, with a report for each', async () => {
    const models = { a: fakeModel({ bytes: 5 }), b: fakeModel(), cold: fakeModel() };
    const { registry, clock } = openRegistry(models);
    await registry.load('a');
    await registry.acquire('b');
    const evicting = registry.evictAll({ timeoutMs: 10 });
    await clock.advance(10);
    expect(await evicting).toEqual([
      { name: 'a', evicted: true, freedBytes: 5, waitedMs: 0 },
      { name: 'b', evicted: false, freedBytes: 0, waitedMs: 10 },
    ]);
  });

  it('of nothing is nothing, and after close it is refused', async () => {
    const { registry } = openRegistry({ a: fakeModel() });
    expect(await registry.evictAll()).toEqual([]);
    await registry.close();
    expect(await rejection(registry.evictAll())).toMatchObject({ code: 'ERR_REGISTRY_CLOSED' });
  });
});
