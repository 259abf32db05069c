import { defineModel, withPipeline } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { deferred, rejection, watch } from './support/promises.js';

const CLOSED = { code: 'ERR_REGISTRY_CLOSED' };

afterEach(() => {
  vi.restoreAllMocks();
});

describe('close during everything', () => {
  it('25: during a load that ignores its signal: the copy that comes late is disposed of', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const waiting = rejection(registry.acquire('model'));
    await clock.settle();
    const closing = watch(registry.close({ timeoutMs: 10 }));
    await clock.advance(10);
    expect(await waiting).toMatchObject(CLOSED);
    loadOf(model).resolve();
    await clock.runAll();
    expect(closing.state).toBe('resolved');
    expect(model.instances).toEqual([{ id: 1, disposed: 1 }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('25: during a reload whose loader ignores its signal: both copies are disposed of, each once', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const loading = registry.load('model');
    await clock.settle();
    loadOf(model).resolve();
    await loading;
    const reloading = rejection(registry.reload('model'));
    await clock.settle();
    const closing = watch(registry.close({ timeoutMs: 10 }));
    await clock.advance(20);
    loadOf(model, 1).resolve();
    await clock.runAll();
    expect(await reloading).toMatchObject(CLOSED);
    expect(closing.state).toBe('resolved');
    expect(model.instances.map(({ disposed }) => disposed)).toEqual([1, 1]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('25: during an eviction that waits longer for a lease: the model goes with its last lease', async () => {
    const model = fakeModel();
    const { registry, clock } = openRegistry({ model });
    const lease = await registry.acquire('model');
    const evicting = watch(registry.evict('model', { timeoutMs: 60_000 }));
    const closing = watch(registry.close({ timeoutMs: 10 }));
    await clock.advance(120_000);
    expect([evicting.state, closing.state]).toEqual(['resolved', 'resolved']);
    expect(model.instances[0]?.disposed).toBe(false);
    lease.release();
    await clock.settle();
    expect(model.instances[0]?.disposed).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('25: during an unregister that waits longer for a lease: the model goes with its last lease', async () => {
    const model = fakeModel();
    const { registry, clock } = openRegistry({ model });
    const lease = await registry.acquire('model');
    const leaving = watch(registry.unregister('model', { timeoutMs: 60_000 }));
    const closing = watch(registry.close({ timeoutMs: 10 }));
    await clock.advance(120_000);
    expect([leaving.state, closing.state]).toEqual(['rejected', 'resolved']);
    lease.release();
    await clock.settle();
    expect(model.instances[0]?.disposed).toBe(true);
  });

  it('25: right after a lease of a replaced copy: waits for it as for any running work', async () => {
    const model = fakeModel();
    const { registry, clock } = openRegistry({ model });
    const lease = await registry.acquire('model');
    await registry.reload('model');
    const closing = watch(registry.close());
    await clock.settle();
    expect(closing.state).toBe('pending');
    lease.release();
    await clock.settle();
    expect(closing.state).toBe('resolved');
    expect(model.instances.map(({ disposed }) => disposed)).toEqual([true, true]);
  });

  it('25: at any step of a swap, waits for the requests of the copy that is replaced', async () => {
    for (let steps = 0; steps < 60; steps += 1) {
      const model = manualModel();
      const { registry, clock } = openRegistry({ model });
      const acquiring = registry.acquire('model');
      await clock.settle();
      loadOf(model).resolve();
      const lease = await acquiring;
      const reloading = watch(registry.reload('model'));
      await clock.settle();
      loadOf(model, 1).resolve();
      for (let step = 0; step < steps; step += 1) await Promise.resolve();
      const closing = watch(registry.close());
      await clock.settle();
      expect([closing.state, lease.model.disposed], `after ${steps} steps`).toEqual(['pending', 0]);
      lease.release();
      await clock.settle();
      expect([closing.state, reloading.state === 'pending'], `after ${steps} steps`).toEqual([
        'resolved',
        false,
      ]);
      expect(model.instances.map(({ disposed }) => disposed)).toEqual([1, 1]);
    }
  });

  it('25: waits for the dispose of a replaced copy', async () => {
    const gate = deferred();
    let copies = 0;
    const model = defineModel({
      load: () => ++copies,
      dispose: (copy) => (copy === 1 ? gate.promise : undefined),
    });
    const { registry, clock } = openRegistry({ model });
    await registry.load('model');
    await registry.reload('model');
    const closing = watch(registry.close());
    await clock.settle();
    expect([registry.status('model').state, closing.state]).toEqual(['idle', 'pending']);
    gate.resolve();
    await clock.settle();
    expect(closing.state).toBe('resolved');
    expect(clock.pendingTimers).toBe(0);
  });

  it('25: before the turn of a reload that waits behind an eviction: it loads nothing any more', async () => {
    const model = fakeModel();
    const { registry, clock } = openRegistry({ model });
    const lease = await registry.acquire('model');
    const evicting = watch(registry.evict('model', { timeoutMs: 100 }));
    const reloading = watch(registry.reload('model'));
    await clock.settle();
    const closing = watch(registry.close({ timeoutMs: 10 }));
    await clock.advance(100);
    expect([evicting.state, closing.state]).toEqual(['resolved', 'resolved']);
    expect(reloading.reason).toMatchObject(CLOSED);
    lease.release();
    await clock.settle();
    expect(model.instances).toEqual([{ id: 1, disposed: true }]);
  });

  it('25: during the encoding of an input: the run gets ERR_REGISTRY_CLOSED and loads nothing', async () => {
    const gate = deferred();
    const inner = fakeModel();
    const model = withPipeline(inner, { encode: () => gate.promise });
    const { registry, clock } = openRegistry({ model });
    const running = rejection(registry.run('model', undefined));
    await clock.settle();
    await registry.close();
    gate.resolve();
    expect(await running).toMatchObject(CLOSED);
    await clock.settle();
    expect(inner.loadsStarted).toBe(0);
  });

  it('25: between the two steps of a reload with freeFirst: nothing is loaded any more', async () => {
    const model = fakeModel({ disposeMs: 10 });
    const { registry, clock } = openRegistry({ model });
    await registry.load('model');
    const reloading = watch(registry.reload('model', { freeFirst: true }));
    await clock.settle();
    const closing = watch(registry.close());
    await clock.advance(10);
    await clock.settle();
    expect(reloading.reason).toMatchObject(CLOSED);
    expect(closing.state).toBe('resolved');
    expect(model.instances.every(({ disposed }) => disposed)).toBe(true);
  });

  it('25: in the back-off of a load: its waiters are refused at the limit', async () => {
    const model = fakeModel({ failures: 9 });
    const load = { retries: 9, backoff: { initialMs: 100_000, maxMs: 100_000, jitter: 0 } };
    const { registry, clock } = openRegistry({ model }, { load });
    const waiting = rejection(registry.run('model', 1));
    await clock.settle();
    const closing = watch(registry.close({ timeoutMs: 10 }));
    await clock.advance(10);
    expect(await waiting).toMatchObject(CLOSED);
    expect(closing.state).toBe('resolved');
    expect(clock.pendingTimers).toBe(0);
  });

  it('25: while a load waits for memory: its waiters are refused at the limit', async () => {
    const models = { big: fakeModel({ bytes: 10 }), other: fakeModel({ bytes: 10 }) };
    const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 10 } });
    const lease = await registry.acquire('big');
    const waiting = rejection(registry.run('other', 1));
    const closing = watch(registry.close({ timeoutMs: 10 }));
    await clock.advance(10);
    expect(await waiting).toMatchObject(CLOSED);
    lease.release();
    await clock.advance(0);
    expect(closing.state).toBe('resolved');
    expect(clock.pendingTimers).toBe(0);
    expect(models.other.loadsStarted).toBe(0);
  });

  it('25: from a listener for any event, in any state', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    for (const event of ['state', 'ready', 'evicted', 'swapped', 'failed', 'progress', 'warning'] as const) {
      const model = defineModel({
        load: (context) => {
          context.reportProgress(0.5);
          return {};
        },
        dispose: () => Promise.reject(new Error('for a warning')),
      });
      const { registry, clock } = openRegistry({ model, bad: fakeModel({ failures: 9 }) });
      if (event !== 'warning') registry.on('warning', () => {});
      const closings: unknown[] = [];
      registry.once(event, () => closings.push(registry.close()));
      const calls = Promise.allSettled([
        registry
          .load('model')
          .then(() => registry.reload('model'))
          .then(() => registry.evict('model')),
        registry.load('bad'),
      ]);
      await clock.runAll();
      await calls;
      expect(closings.length, event).toBe(1);
      await Promise.all(closings);
      expect(registry.snapshot().state, event).toBe('closed');
      expect(clock.pendingTimers, event).toBe(0);
    }
  });

  it('25: from inside a request, which then waits for no longer than its limit', async () => {
    const model = fakeModel();
    const { registry, clock } = openRegistry({ model });
    const using = watch(registry.use('model', () => registry.close({ timeoutMs: 10 })));
    await clock.advance(10);
    await clock.advance(0);
    expect(using.state).toBe('resolved');
    await clock.settle();
    expect(model.instances[0]?.disposed).toBe(true);
  });
});
