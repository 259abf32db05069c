import { getEventListeners } from 'node:events';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

describe('waiters of a load', () => {
  it('3: a caller that leaves by its signal gets its reason at once, and the others get the model', async () => {
    const model = fakeModel({ loadMs: 100 });
    const { registry, clock } = openRegistry({ model });
    const leaving = new AbortController();
    const left = rejection(registry.run('model', 1, { signal: leaving.signal }));
    const stayed = registry.run('model', 2);
    await clock.advance(50);
    const reason = { any: 'reason' };
    leaving.abort(reason);
    expect(await left).toBe(reason);
    await clock.advance(50);
    expect(await stayed).toBe(2);
    expect(model.loadsStarted).toBe(1);
  });

  it('3: a caller whose time-out passes gets ERR_TIMEOUT, and the others get the model', async () => {
    const { registry, clock } = openRegistry({ model: fakeModel({ loadMs: 100 }) });
    const timedOut = rejection(registry.acquire('model', { timeoutMs: 30 }));
    const stayed = watch(registry.acquire('model', { timeoutMs: 101 }));
    await clock.advance(30);
    expect(await timedOut).toMatchObject({ code: 'ERR_TIMEOUT', modelName: 'model' });
    await clock.advance(70);
    expect(stayed.state).toBe('resolved');
  });

  it('3: with its last waiter gone the load is cancelled, and nothing of it is left', async () => {
    const model = fakeModel({ loadMs: 100, bytes: 10 });
    const { registry, clock } = openRegistry({ model });
    const leaving = [new AbortController(), new AbortController()];
    const waits = leaving.map(({ signal }) => rejection(registry.acquire('model', { signal })));
    await clock.advance(10);
    leaving[0]?.abort();
    await clock.settle();
    expect(registry.status('model').state).toBe('loading');
    leaving[1]?.abort();
    await Promise.all(waits);
    await clock.settle();
    expect(registry.status('model')).toMatchObject({ state: 'idle', loads: 0, loadFailures: 0, waiting: 0 });
    expect(registry.snapshot().memory).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
    expect(clock.pendingTimers).toBe(0);
    for (const { signal } of leaving) expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('3: the loader is told through its signal that nobody waits any more', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const left = rejection(registry.acquire('model', { timeoutMs: 5 }));
    await clock.settle();
    expect(loadOf(model).context.signal.aborted).toBe(false);
    await clock.advance(5);
    await left;
    expect(loadOf(model).context.signal.aborted).toBe(true);
  });

  it('3: a load that succeeds after its cancellation is disposed of, once', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    await rejectedBy(registry.acquire('model', { timeoutMs: 5 }), clock, 5);
    loadOf(model).resolve();
    await clock.settle();
    expect(model.instances).toEqual([{ id: 1, disposed: 1 }]);
    expect(registry.status('model')).toMatchObject({ state: 'idle', evictions: 0 });
    expect(registry.snapshot().memory).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
  });

  it('3: the bytes of a load that was cancelled stay charged until its copy is disposed of', async () => {
    const model = manualModel({ manualDispose: true, estimateBytes: 10 });
    const { registry, clock } = openRegistry({ model }, { memory: { budgetBytes: 10 } });
    await rejectedBy(registry.acquire('model', { timeoutMs: 5 }), clock, 5);
    loadOf(model).resolve();
    const next = watch(registry.acquire('model'));
    await clock.settle();
    const { usedBytes, reservedBytes } = registry.snapshot().memory;
    expect(usedBytes + reservedBytes).toBe(10);
    // Not one beside the other: the first copy is still there.
    expect(model.loads).toHaveLength(1);
    model.disposes[0]?.resolve();
    await clock.settle();
    loadOf(model, 1).resolve();
    await clock.settle();
    expect(next).toMatchObject({ state: 'resolved' });
    expect(registry.snapshot().memory.usedBytes).toBe(10);
  });

  it('3: one who comes after all have left a loader that ignores its signal gets a load of its own, later', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    await rejectedBy(registry.acquire('model', { timeoutMs: 5 }), clock, 5);
    const late = watch(registry.use('model', (instance) => instance.id));
    await clock.advance(1);
    expect(model.loads).toHaveLength(1);
    loadOf(model).resolve();
    await clock.settle();
    expect(model.instances).toEqual([{ id: 1, disposed: 1 }]);
    loadOf(model, 1).resolve();
    await clock.settle();
    expect(late).toMatchObject({ state: 'resolved', value: 2 });
  });

  it('3: one who comes after all have left is not given the failure of the load that was cancelled', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    await rejectedBy(registry.acquire('model', { timeoutMs: 5 }), clock, 5);
    const late = watch(registry.use('model', (instance) => instance.id));
    loadOf(model).reject(new Error('of no concern to anyone'));
    await clock.settle();
    expect(late.state).toBe('pending');
    expect(registry.status('model').loadFailures).toBe(0);
    loadOf(model, 1).resolve();
    await clock.settle();
    expect(late).toMatchObject({ state: 'resolved', value: 1 });
  });

  it('3: one who comes and goes while a cancelled load runs out leaves nothing behind', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    await rejectedBy(registry.acquire('model', { timeoutMs: 5 }), clock, 5);
    await rejectedBy(registry.acquire('model', { timeoutMs: 5 }), clock, 5);
    loadOf(model).resolve();
    await clock.settle();
    expect(model.loads).toHaveLength(1);
    expect(registry.status('model').state).toBe('idle');
    expect(clock.pendingTimers).toBe(0);
  });

  it('3: one who waits by load() keeps the load going when the requests have left', async () => {
    const model = fakeModel({ loadMs: 100 });
    const { registry, clock } = openRegistry({ model });
    const loading = watch(registry.load('model'));
    await rejectedBy(registry.acquire('model', { timeoutMs: 5 }), clock, 5);
    await clock.advance(95);
    expect(loading).toMatchObject({ state: 'resolved', value: { state: 'ready' } });
  });

  it('3: a signal that is aborted already starts no load', async () => {
    const model = fakeModel();
    const { registry, clock } = openRegistry({ model });
    const signal = AbortSignal.abort('gone');
    for (const call of [
      registry.run('model', 1, { signal }),
      registry.use('model', () => 1, { signal }),
      registry.acquire('model', { signal }),
      registry.load('model', { signal }),
    ]) {
      expect(await rejection(call)).toBe('gone');
    }
    await clock.settle();
    expect(model.loadsStarted).toBe(0);
  });

  it('3: a load that waits for a slot is given up with its last waiter, and never begins', async () => {
    const first = manualModel();
    const second = fakeModel();
    const { registry, clock } = openRegistry({ first, second }, { load: { concurrency: 1 } });
    watch(registry.load('first'));
    await rejectedBy(registry.acquire('second', { timeoutMs: 5 }), clock, 5);
    expect(registry.status('second').state).toBe('idle');
    expect(registry.snapshot().loads.queued).toBe(0);
    loadOf(first).resolve();
    await clock.settle();
    expect(second.loadsStarted).toBe(0);
  });

  it('a caller that got its lease keeps it when its signal aborts later', async () => {
    const model = fakeModel({ loadMs: 1 });
    const { registry, clock } = openRegistry({ model });
    const leaving = new AbortController();
    const acquiring = registry.acquire('model', { signal: leaving.signal, timeoutMs: 10 });
    await clock.advance(1);
    const lease = await acquiring;
    leaving.abort();
    await clock.advance(100);
    expect(registry.status('model').leases).toBe(1);
    expect(getEventListeners(leaving.signal, 'abort')).toHaveLength(0);
    lease.release();
  });
});

async function rejectedBy(
  call: Promise<unknown>,
  clock: { advance(ms: number): Promise<void> },
  ms: number,
): Promise<void> {
  const rejected = rejection(call);
  await clock.advance(ms);
  expect(await rejected).toMatchObject({ code: 'ERR_TIMEOUT' });
}
