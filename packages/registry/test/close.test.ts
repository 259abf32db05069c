import { getEventListeners } from 'node:events';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { deferred, rejection, watch } from './support/promises.js';

const CLOSED = { code: 'ERR_REGISTRY_CLOSED' };

describe('close', () => {
  it('28: refuses new work at once, before anything has ended', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    await registry.acquire('model');
    void registry.close();
    expect(registry.snapshot().state).toBe('closing');
    for (const call of [
      registry.run('model', 1),
      registry.use('model', () => 1),
      registry.acquire('model'),
      registry.load('model'),
      registry.preload(),
      registry.evict('model'),
      registry.reload('model'),
      registry.unregister('model'),
    ]) {
      expect(await rejection(call)).toMatchObject(CLOSED);
    }
    for (const call of [
      () => registry.tryAcquire('model'),
      () => registry.register('other', fakeModel()),
      () => registry.handle('model'),
    ]) {
      expect(call).toThrowError(expect.objectContaining(CLOSED));
    }
  });

  it('28: a second call returns the same promise, whatever its options', async () => {
    const { registry, clock } = openRegistry({ model: fakeModel({ disposeMs: 10 }) });
    await registry.load('model');
    const first = registry.close({ timeoutMs: 5 });
    expect(registry.close()).toBe(first);
    expect(registry[Symbol.asyncDispose]()).toBe(first);
    await clock.advance(10);
    await first;
    expect(registry.close({ timeoutMs: 1 })).toBe(first);
  });

  it('28: `await using` closes', async () => {
    const model = fakeModel();
    {
      await using registry = openRegistry({ model }).registry;
      await registry.load('model');
    }
    expect(model.instances[0]?.disposed).toBe(true);
  });

  it('28: lets running work finish, then disposes of all, each once', async () => {
    const work = deferred<string>();
    const models = { busy: fakeModel({ output: () => work.promise }), idle: fakeModel(), cold: fakeModel() };
    const { registry, clock } = openRegistry(models);
    await registry.load('idle');
    const running = registry.run('busy', 1);
    await clock.settle();
    const closing = watch(registry.close());
    await clock.advance(29_999);
    expect(closing.state).toBe('pending');
    expect(models.busy.instances[0]?.disposed).toBe(false);
    work.resolve('done');
    expect(await running).toBe('done');
    await clock.settle();
    expect(closing.state).toBe('resolved');
    expect([models.busy.instances, models.idle.instances]).toMatchObject([
      [{ disposed: true }],
      [{ disposed: true }],
    ]);
    expect(models.cold.loadsStarted).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('28: serves the requests that waited for a load when it began', async () => {
    const { registry, clock } = openRegistry({ model: fakeModel({ loadMs: 100 }) });
    const running = registry.run('model', 'input');
    await clock.advance(50);
    const closing = watch(registry.close());
    await clock.advance(50);
    expect(await running).toBe('input');
    await clock.settle();
    expect(closing.state).toBe('resolved');
  });

  it('28: serves those that queue behind a busy model', async () => {
    const model = { ...fakeModel(), maxConcurrency: 1 };
    const { registry, clock } = openRegistry({ model });
    const lease = await registry.acquire('model');
    const queued = registry.run('model', 'input');
    const closing = watch(registry.close());
    await clock.settle();
    lease.release();
    expect(await queued).toBe('input');
    await clock.settle();
    expect(closing.state).toBe('resolved');
  });

  it('28: ends at once when the load that it waited for fails', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const running = rejection(registry.run('model', 1));
    await clock.settle();
    const closing = watch(registry.close());
    await clock.settle();
    expect(closing.state).toBe('pending');
    loadOf(model).reject(new Error('no'));
    expect(await running).toMatchObject({ code: 'ERR_LOAD_FAILED' });
    await clock.settle();
    expect(closing.state).toBe('resolved');
    expect(clock.pendingTimers).toBe(0);
  });

  it('28: past its limit refuses those that still wait, and cancels their load', async () => {
    const model = fakeModel({ loadMs: 100 });
    const { registry, clock } = openRegistry({ model });
    const running = rejection(registry.run('model', 1));
    await clock.settle();
    const closing = watch(registry.close({ timeoutMs: 10 }));
    await clock.advance(10);
    expect(await running).toMatchObject(CLOSED);
    await clock.settle();
    expect(closing.state).toBe('resolved');
    expect(model.instances).toHaveLength(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('28: past its limit never pulls a model from under a request: it goes with its last lease', async () => {
    const model = fakeModel();
    const { registry, clock } = openRegistry({ model });
    const lease = await registry.acquire('model');
    const closing = watch(registry.close({ timeoutMs: 10 }));
    await clock.advance(10);
    await clock.advance(0);
    expect(closing.state).toBe('resolved');
    expect(registry.snapshot().state).toBe('closed');
    expect(await lease.run('still here')).toBe('still here');
    lease.release();
    await clock.settle();
    expect(model.instances).toEqual([{ id: 1, disposed: true }]);
    expect(registry.snapshot().memory.usedBytes).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('28: refuses background work at once and cancels the loads that only it waits for', async () => {
    const model = fakeModel({ loadMs: 100 });
    const { registry, clock } = openRegistry({ model });
    const preloading = registry.preload();
    await clock.settle();
    const closing = watch(registry.close());
    expect((await preloading).failed).toMatchObject([{ name: 'model', error: CLOSED }]);
    await clock.settle();
    expect(closing.state).toBe('resolved');
    expect(model.instances).toHaveLength(0);
  });

  it('28: starts none of the preloads that were still to come', async () => {
    const models = { a: fakeModel({ loadMs: 10 }), b: fakeModel(), c: fakeModel() };
    const { registry, clock } = openRegistry(models);
    const preloading = registry.preload(undefined, { concurrency: 1 });
    await clock.advance(5);
    await registry.close();
    expect((await preloading).failed.map(({ error }) => error.code)).toEqual(Array(3).fill(CLOSED.code));
    await clock.advance(100);
    expect([models.a, models.b, models.c].map((model) => model.instances.length)).toEqual([0, 0, 0]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('28: waits for the dispose of a model that was being evicted', async () => {
    const model = fakeModel({ disposeMs: 50 });
    const { registry, clock } = openRegistry({ model }, { idleTimeoutMs: 0 });
    await registry.run('model', 1);
    await clock.settle();
    expect(registry.status('model').state).toBe('draining');
    const closing = watch(registry.close({ timeoutMs: 0 }));
    await clock.advance(49);
    expect(closing.state).toBe('pending');
    await clock.advance(1);
    expect(closing.state).toBe('resolved');
    expect(clock.pendingTimers).toBe(0);
  });

  it('28: a dispose that never ends delays it by the dispose limit, not for ever, and is reported', async () => {
    const model = manualModel({ manualDispose: true });
    const { registry, clock } = openRegistry({ model, other: fakeModel() });
    const warnings: unknown[] = [];
    registry.on('warning', (warning) => warnings.push(warning));
    const loading = registry.load('model');
    await clock.settle();
    loadOf(model).resolve();
    await loading;
    const closing = watch(registry.close());
    await clock.advance(29_999);
    expect(closing.state).toBe('pending');
    await clock.advance(1);
    expect(closing.state).toBe('resolved');
    expect(warnings).toMatchObject([{ name: 'model' }]);
  });

  it('28: leaves no timer of an idle time-out, nor a listener on a signal', async () => {
    const { registry, clock } = openRegistry({ model: fakeModel() }, { idleTimeoutMs: 60_000 });
    const { signal } = new AbortController();
    const lease = await registry.acquire('model', { signal });
    const closing = registry.close();
    lease.release();
    await closing;
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('28: tells its listeners that it is closed, last, and then forgets them', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    const events: string[] = [];
    registry.on('evicted', ({ reason }) => events.push(`evicted by ${reason}`));
    registry.on('closed', () => events.push(`closed: ${registry.snapshot().state}`));
    await registry.load('model');
    await registry.close();
    expect(events).toEqual(['evicted by close', 'closed: closed']);
  });

  it('28: can be read afterwards', async () => {
    const { registry } = openRegistry({ model: fakeModel({ bytes: 5 }) });
    await registry.run('model', 1);
    await registry.close();
    expect(registry.snapshot()).toMatchObject({
      state: 'closed',
      ready: false,
      healthy: true,
      models: [{ name: 'model', state: 'idle', runs: 1 }],
      memory: { usedBytes: 0 },
      hosts: [],
    });
    expect(registry.explain('model').decisions.at(-1)?.reason).toContain('close');
  });

  it('28: rejects options that are not usable, and can be called again', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    for (const options of [{ timeoutMs: Number.NaN }, { timeoutMs: -1 }, { timeout: 5 }, null]) {
      expect(await rejection(registry.close(options as never))).toMatchObject({ code: 'ERR_MODEL_INVALID' });
    }
    expect(await registry.run('model', 1)).toBe(1);
    await registry.close();
  });

  it('28: of an empty registry, and of one that was never used, ends at once', async () => {
    await openRegistry({}).registry.close();
    await openRegistry({ model: fakeModel() }).registry.close();
  });
});
