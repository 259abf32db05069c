import { withPipeline } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { deferred, rejection, watch } from './support/promises.js';

const NOT_FOUND = { code: 'ERR_MODEL_NOT_FOUND' };

async function openLeased() {
  const model = fakeModel();
  const opened = openRegistry({ model });
  return { ...opened, model, lease: await opened.registry.acquire('model') };
}

describe('unregister, evict, reload and requests in any order', () => {
  it('25: a request during a drain waits, then gets a copy that was loaded anew', async () => {
    const { registry, clock, lease } = await openLeased();
    const evicting = registry.evict('model');
    await clock.settle();
    const waiting = watch(registry.use('model', ({ id }) => id));
    expect(registry.status('model')).toMatchObject({ state: 'draining', waiting: 1 });
    lease.release();
    expect((await evicting).evicted).toBe(true);
    await clock.settle();
    expect(waiting.value).toBe(2);
  });

  it('25: a request that queued behind a busy model is not forgotten when the model is evicted', async () => {
    const model = { ...fakeModel(), maxConcurrency: 1 };
    const { registry, clock } = openRegistry({ model });
    const lease = await registry.acquire('model');
    await clock.settle();
    const waiting = watch(registry.use('model', ({ id }) => id));
    const evicting = registry.evict('model');
    await clock.settle();
    lease.release();
    await evicting;
    await clock.settle();
    expect(waiting).toMatchObject({ state: 'resolved', value: 2 });
  });

  it('25: an eviction that gives up goes on serving, at once, those that came meanwhile', async () => {
    const { registry, clock, model } = await openLeased();
    const evicting = registry.evict('model', { timeoutMs: 10 });
    await clock.settle();
    const waiting = watch(registry.use('model', ({ id }) => id));
    await clock.advance(10);
    expect(await evicting).toMatchObject({ evicted: false, waitedMs: 10, freedBytes: 0 });
    expect(waiting.value).toBe(1);
    expect(registry.status('model').state).toBe('ready');
    expect(model.instances).toHaveLength(1);
  });

  it('25: with force an eviction stands past its limit: no new lease, gone with the last one, then loaded anew', async () => {
    const { registry, clock, model, lease } = await openLeased();
    const evicting = registry.evict('model', { timeoutMs: 10, force: true });
    await clock.advance(10);
    expect(await evicting).toMatchObject({ evicted: false });
    expect(registry.tryAcquire('model')).toBeUndefined();
    const waiting = watch(registry.use('model', ({ id }) => id));
    await clock.settle();
    expect(await lease.run('unharmed')).toBe('unharmed');
    lease.release();
    await clock.settle();
    expect(model.instances[0]?.disposed).toBe(true);
    expect(waiting.value).toBe(2);
  });

  it('25: two evictions at once are one', async () => {
    const { registry, clock, lease, model } = await openLeased();
    const both = Promise.all([registry.evict('model'), registry.evict('model')]);
    await clock.settle();
    lease.release();
    expect((await both).map(({ evicted }) => evicted)).toEqual([true, false]);
    expect(model.instances).toEqual([{ id: 1, disposed: true }]);
    expect(registry.status('model').evictions).toBe(1);
  });

  it('25: evict of a model that is loading waits for the load, whose waiters are served first', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const using = registry.use('model', ({ id }) => id);
    await clock.settle();
    const evicting = registry.evict('model');
    loadOf(model).resolve();
    expect(await using).toBe(1);
    expect(await evicting).toMatchObject({ evicted: true });
    expect(model.instances[0]?.disposed).toBe(1);
  });

  it('25: evict of a model that never finishes loading gives up within its limit', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    watch(registry.load('model'));
    await clock.settle();
    const evicting = registry.evict('model', { timeoutMs: 10 });
    await clock.advance(10);
    expect(await evicting).toMatchObject({ evicted: false, waitedMs: 10 });
    loadOf(model).resolve();
    await clock.settle();
    expect(registry.status('model').state).toBe('ready');
    expect((await registry.evict('model')).evicted).toBe(true);
  });

  it('25: unregister during a load cancels it and refuses its waiters; the copy that comes late is disposed of', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const waiting = rejection(registry.acquire('model'));
    await clock.settle();
    const leaving = registry.unregister('model');
    expect(await waiting).toMatchObject({ ...NOT_FOUND, modelName: 'model' });
    expect(await rejection(registry.acquire('model'))).toMatchObject(NOT_FOUND);
    expect(loadOf(model).context.signal.aborted).toBe(true);
    loadOf(model).resolve();
    await leaving;
    await clock.settle();
    expect(model.instances).toEqual([{ id: 1, disposed: 1 }]);
    expect(() => registry.status('model')).toThrowError(expect.objectContaining(NOT_FOUND));
    expect(clock.pendingTimers).toBe(0);
  });

  it('25: unregister waits for leases, and past its limit gives up with the model as it was', async () => {
    const { registry, clock, lease } = await openLeased();
    const leaving = rejection(registry.unregister('model', { timeoutMs: 10 }));
    expect(await rejection(registry.run('model', 1))).toMatchObject(NOT_FOUND);
    expect(() => registry.register('model', fakeModel(), { replace: true })).toThrowError(
      expect.objectContaining({
        code: 'ERR_MODEL_EXISTS',
        message: expect.stringContaining('is being unregistered'),
      }),
    );
    await clock.advance(10);
    expect(await leaving).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(await registry.run('model', 1)).toBe(1);
    lease.release();
    await registry.unregister('model');
    registry.register('model', fakeModel({ output: 'new' }));
    expect(await registry.run('model', 1)).toBe('new');
  });

  it('25: two unregisters at once: the second is told that there is no such model', async () => {
    const { registry, clock, lease } = await openLeased();
    const first = registry.unregister('model');
    expect(await rejection(registry.unregister('model'))).toMatchObject(NOT_FOUND);
    lease.release();
    await first;
    await clock.settle();
  });

  it('25: unregister during a reload ends with the model gone and each copy disposed of once', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const loading = registry.load('model');
    await clock.settle();
    loadOf(model).resolve();
    await loading;
    const reloading = watch(registry.reload('model'));
    await clock.settle();
    const leaving = watch(registry.unregister('model'));
    await clock.settle();
    loadOf(model, 1).resolve();
    await clock.settle();
    expect([reloading.state, leaving.state]).toEqual(['resolved', 'resolved']);
    expect(model.instances.map(({ disposed }) => disposed)).toEqual([1, 1]);
  });

  it('25: unregister during the encoding of an input: the run is refused and loads nothing', async () => {
    const gate = deferred();
    const inner = fakeModel();
    const { registry, clock } = openRegistry({ model: withPipeline(inner, { encode: () => gate.promise }) });
    const running = rejection(registry.run('model', undefined));
    await clock.settle();
    await registry.unregister('model');
    gate.resolve();
    expect(await running).toMatchObject(NOT_FOUND);
    await clock.settle();
    expect(inner.loadsStarted).toBe(0);
  });

  it('25: unregister of a model that a preload has still to come to: it is not loaded', async () => {
    const models = { a: fakeModel({ loadMs: 10 }), b: fakeModel() };
    const { registry, clock } = openRegistry(models);
    const preloading = registry.preload(['a', 'b'], { concurrency: 1 });
    await clock.settle();
    await registry.unregister('b');
    await clock.advance(10);
    expect(await preloading).toMatchObject({ loaded: ['a'], failed: [{ name: 'b', error: NOT_FOUND }] });
    expect(models.b.loadsStarted).toBe(0);
    expect(registry.isReady()).toBe(true);
  });

  it('25: a reload with freeFirst that meets an eviction loads a new copy all the same', async () => {
    const { registry, clock, model, lease } = await openLeased();
    const evicting = registry.evict('model');
    const reloading = watch(registry.reload('model', { freeFirst: true }));
    await clock.settle();
    lease.release();
    await evicting;
    await clock.settle();
    expect(reloading.value).toMatchObject({ state: 'ready' });
    expect(model.instances).toHaveLength(2);
  });

  it('27: a reload that waits for a forced eviction whose lease is never released gives up', async () => {
    const { registry, clock } = await openLeased();
    await Promise.all([registry.evict('model', { timeoutMs: 0, force: true }), clock.advance(1)]);
    const reloading = watch(registry.reload('model'));
    await clock.advance(3_600_000);
    expect(reloading.reason).toMatchObject({ code: 'ERR_TIMEOUT' });
  });

  it('25: evict from a listener for `ready` and load from one for `evicted` do not tie a knot', async () => {
    const model = fakeModel();
    const { registry, clock } = openRegistry({ model });
    const calls: Promise<unknown>[] = [];
    registry.once('ready', () => calls.push(registry.evict('model')));
    registry.once('evicted', () => calls.push(registry.load('model')));
    await registry.load('model');
    await clock.settle();
    expect(await Promise.all(calls)).toMatchObject([{ evicted: true }, { state: 'ready', loads: 2 }]);
  });
});
