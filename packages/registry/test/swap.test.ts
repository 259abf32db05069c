import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

/** A model whose first copy is loaded. */
async function openLoaded(members: Parameters<typeof manualModel>[0] = {}, budgetBytes = 2 ** 40) {
  const model = manualModel(members);
  const opened = openRegistry({ model }, { memory: { budgetBytes } });
  const loading = opened.registry.load('model');
  await opened.clock.settle();
  loadOf(model).resolve();
  await loading;
  const idOf = () => opened.registry.use('model', (instance) => instance.id);
  return { ...opened, model, idOf };
}

describe('a reload', () => {
  it('24: serves the old copy until the new one is ready, then the new one', async () => {
    const { registry, clock, model, idOf } = await openLoaded();
    const reloading = watch(registry.reload('model'));
    await clock.settle();
    expect(await idOf()).toBe(1);
    expect(registry.status('model').state).toBe('ready');
    loadOf(model, 1).resolve();
    await clock.settle();
    expect(reloading.value).toMatchObject({ state: 'ready', loads: 2, evictions: 0 });
    expect(await idOf()).toBe(2);
    expect(model.instances).toEqual([
      { id: 1, disposed: 1 },
      { id: 2, disposed: 0 },
    ]);
  });

  it('24: disposes of the old copy after its last lease, and keeps its bytes charged until then', async () => {
    const { registry, clock, model, idOf } = await openLoaded({ estimateBytes: 10 });
    const lease = await registry.acquire('model');
    const reloading = registry.reload('model');
    await clock.settle();
    loadOf(model, 1).resolve();
    await reloading;
    expect(await idOf()).toBe(2);
    expect(lease.model).toMatchObject({ id: 1, disposed: 0 });
    expect(registry.status('model')).toMatchObject({ leases: 1, memory: { bytes: 20 } });
    expect(await lease.run('still works')).toBe('still works');
    lease.release();
    await clock.settle();
    expect(lease.model.disposed).toBe(1);
    expect(registry.status('model')).toMatchObject({ leases: 0, memory: { bytes: 10 } });
  });

  it('24: that fails keeps the old copy, and says why to the caller, in the status and in an event', async () => {
    const { registry, clock, model, idOf } = await openLoaded({ estimateBytes: 10 });
    const failures: unknown[] = [];
    registry.on('failed', (failure) => failures.push(failure));
    const reloading = rejection(registry.reload('model'));
    await clock.settle();
    const cause = new Error('new file is corrupt');
    loadOf(model, 1).reject(cause);
    const error = await reloading;
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', cause });
    expect(failures).toMatchObject([{ name: 'model', error }]);
    expect(registry.status('model')).toMatchObject({
      state: 'ready',
      error: { code: 'ERR_LOAD_FAILED', message: expect.stringContaining('corrupt') },
      memory: { bytes: 10 },
    });
    expect(registry.explain('model').summary).toContain('old copy was kept');
    expect(await idOf()).toBe(1);
    expect(registry.snapshot().memory).toMatchObject({ usedBytes: 10, reservedBytes: 0 });
  });

  it('24: after one that failed, the next may succeed, which clears the error', async () => {
    const { registry, clock, model, idOf } = await openLoaded();
    const failing = rejection(registry.reload('model'));
    await clock.settle();
    loadOf(model, 1).reject(new Error('no'));
    await failing;
    const reloading = registry.reload('model');
    await clock.settle();
    loadOf(model, 2).resolve();
    expect((await reloading).error).toBeUndefined();
    expect(await idOf()).toBe(2);
  });

  it('24: where both copies do not fit, it says so, evicts nobody and keeps the old one', async () => {
    const { registry, idOf, model } = await openLoaded({ estimateBytes: 60 }, 100);
    const error = await rejection(registry.reload('model'));
    expect(error).toMatchObject({
      code: 'ERR_MEMORY_BUDGET',
      message: expect.stringContaining('freeFirst: true'),
    });
    expect(model.loads).toHaveLength(1);
    expect(await idOf()).toBe(1);
  });

  it('24: with freeFirst does it in the other order; requests wait meanwhile', async () => {
    const { registry, clock, model, idOf } = await openLoaded({ estimateBytes: 60 }, 100);
    const reloading = watch(registry.reload('model', { freeFirst: true }));
    await clock.settle();
    expect(model.instances).toEqual([{ id: 1, disposed: 1 }]);
    const waiting = watch(idOf());
    await clock.settle();
    expect(waiting.state).toBe('pending');
    loadOf(model, 1).resolve();
    await clock.settle();
    expect(reloading.value).toMatchObject({ state: 'ready' });
    expect(waiting.value).toBe(2);
  });

  it('24: with freeFirst gives up on a lease that is never released, keeping the old copy', async () => {
    const { registry, clock, idOf } = await openLoaded();
    await registry.acquire('model');
    const reloading = watch(registry.reload('model', { freeFirst: true }));
    await clock.advance(30_000);
    expect(reloading.reason).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(await idOf()).toBe(1);
  });

  it('24: of a model that is not loaded does nothing', async () => {
    const model = fakeModel();
    const { registry } = openRegistry({ model });
    for (const freeFirst of [false, true]) {
      expect((await registry.reload('model', { freeFirst })).state).toBe('idle');
    }
    expect(model.loadsStarted).toBe(0);
  });

  it('24: during a load waits for it and then loads anew', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const loading = registry.use('model', (instance) => instance.id);
    await clock.settle();
    const reloading = registry.reload('model');
    loadOf(model).resolve();
    expect(await loading).toBe(1);
    await clock.settle();
    loadOf(model, 1).resolve();
    expect((await reloading).loads).toBe(2);
  });

  it('24: two at a time are one after the other, and each copy is disposed of once', async () => {
    const { registry, clock, model, idOf } = await openLoaded();
    const both = [registry.reload('model'), registry.reload('model')];
    await clock.settle();
    expect(model.loads).toHaveLength(2);
    loadOf(model, 1).resolve();
    await clock.settle();
    loadOf(model, 2).resolve();
    await Promise.all(both);
    expect(await idOf()).toBe(3);
    await clock.settle();
    expect(model.instances.map(({ disposed }) => disposed)).toEqual([1, 1, 0]);
  });

  it('24: holds to maxConcurrency and serves those that wait with the new copy', async () => {
    const { registry, clock, model, idOf } = await openLoaded({ maxConcurrency: 1 });
    const lease = await registry.acquire('model');
    const waiting = watch(idOf());
    const reloading = registry.reload('model');
    await clock.settle();
    expect(waiting.state).toBe('pending');
    loadOf(model, 1).resolve();
    await reloading;
    await clock.settle();
    expect(waiting.value).toBe(2);
    lease.release();
  });

  it('24: a caller that leaves does not cancel it', async () => {
    const { registry, clock, model, idOf } = await openLoaded({ maxConcurrency: 1 });
    const lease = await registry.acquire('model');
    const reloading = watch(registry.reload('model'));
    const left = rejection(registry.acquire('model', { timeoutMs: 5 }));
    await clock.advance(5);
    await left;
    loadOf(model, 1).resolve();
    await clock.settle();
    expect(reloading.state).toBe('resolved');
    lease.release();
    expect(await idOf()).toBe(2);
  });
});
