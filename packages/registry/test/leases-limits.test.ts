import { getEventListeners, setMaxListeners } from 'node:events';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { openRegistry } from './support/open.js';
import { deferred, rejection, watch } from './support/promises.js';

/** A model whose runs the test ends. */
function busyModel() {
  const work = deferred<unknown>();
  const fake = fakeModel({ output: () => work.promise });
  return { model: fake, work };
}

describe('limits of a call', () => {
  it('timeoutMs covers the load and the run together', async () => {
    const work = deferred<unknown>();
    const { registry, clock } = openRegistry({
      model: fakeModel({ loadMs: 60, output: () => work.promise }),
    });
    const running = watch(registry.run('model', 1, { timeoutMs: 100 }));
    const using = watch(registry.use('model', () => work.promise, { timeoutMs: 100 }));
    await clock.advance(99);
    expect([running.state, using.state]).toEqual(['pending', 'pending']);
    await clock.advance(1);
    for (const { reason } of [running, using]) {
      expect(reason).toMatchObject({ code: 'ERR_TIMEOUT', message: expect.stringContaining('100 ms') });
    }
    work.resolve(1);
    await clock.settle();
  });

  it('23: a run whose caller has left holds its model until it ends: nothing is pulled from under it', async () => {
    const { model, work } = busyModel();
    const { registry, clock } = openRegistry({ model });
    const leaving = new AbortController();
    const left = rejection(registry.run('model', 1, { signal: leaving.signal }));
    const timedOut = rejection(registry.run('model', 1, { timeoutMs: 10 }));
    await clock.advance(10);
    leaving.abort('gone');
    expect(await left).toBe('gone');
    expect(await timedOut).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(registry.status('model')).toMatchObject({ leases: 2, runs: 0 });
    const evicting = watch(registry.evict('model'));
    await clock.settle();
    expect([evicting.state, model.instances[0]?.disposed]).toEqual(['pending', false]);
    work.resolve('too late for anyone');
    await clock.settle();
    expect(evicting.value).toMatchObject({ evicted: true });
    expect(registry.status('model').runs).toBe(2);
    expect(getEventListeners(leaving.signal, 'abort')).toHaveLength(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('23: a use whose caller has left holds its model until its function ends', async () => {
    const model = fakeModel();
    const { registry, clock } = openRegistry({ model });
    const work = deferred();
    const timedOut = rejection(registry.use('model', () => work.promise, { timeoutMs: 10 }));
    await clock.advance(10);
    expect(await timedOut).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(registry.status('model').leases).toBe(1);
    work.reject(new Error('nobody hears this'));
    await clock.settle();
    expect(registry.status('model').leases).toBe(0);
  });

  it('the model is told of its caller’s signal, and its answer to that reaches the caller as it is', async () => {
    const { registry } = openRegistry({
      model: {
        ...fakeModel(),
        run: (_model: unknown, _input: unknown, context: { name: string; signal?: AbortSignal }) =>
          new Promise((_resolve, reject) => {
            context.signal?.addEventListener('abort', () => reject(context.signal?.reason));
          }),
      },
    });
    await registry.load('model');
    const leaving = new AbortController();
    const reason = new Error('left');
    const left = rejection(registry.run('model', 1, { signal: leaving.signal }));
    leaving.abort(reason);
    expect(await left).toBe(reason);
    const status = registry.status('model');
    expect(status).toMatchObject({ leases: 0, runs: 0, runFailures: 0 });
    expect(status).not.toHaveProperty('run');
  });

  it.each([
    ['an Error', new TypeError('mine')],
    ['a string', 'why'],
    ['null', null],
  ])('an aborted signal rejects with its own reason: %s', async (_what, reason) => {
    const { registry, clock } = openRegistry({ model: fakeModel({ loadMs: 10 }) });
    const leaving = new AbortController();
    const left = rejection(registry.load('model', { signal: leaving.signal }));
    await clock.settle();
    leaving.abort(reason);
    expect(await left).toBe(reason);
  });

  it('abort() without a reason rejects with the AbortError that the signal made', async () => {
    const { registry } = openRegistry({ model: fakeModel({ loadMs: 10 }) });
    const leaving = new AbortController();
    const left = rejection(registry.acquire('model', { signal: leaving.signal }));
    leaving.abort();
    expect(await left).toBe(leaving.signal.reason);
    expect(leaving.signal.reason.name).toBe('AbortError');
  });

  it('one signal may serve any number of calls, and keeps no listener of any', async () => {
    const { registry, clock } = openRegistry({ model: fakeModel({ loadMs: 10 }) });
    const leaving = new AbortController();
    const { signal } = leaving;
    // Node warns of more than ten listeners on one signal, as for any other use of it.
    setMaxListeners(0, signal);
    const stay = registry.load('model');
    const served = Promise.all(Array.from({ length: 500 }, () => registry.run('model', 1, { signal })));
    await clock.advance(10);
    await served;
    await stay;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await registry.evict('model');
    const left = Array.from({ length: 500 }, () => rejection(registry.run('model', 1, { signal })));
    await clock.settle();
    leaving.abort('all');
    expect(new Set(await Promise.all(left))).toEqual(new Set(['all']));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await clock.settle();
    expect(registry.status('model')).toMatchObject({ state: 'idle', waiting: 0 });
  });

  it('timeoutMs 0 serves a loaded model’s hit and refuses to wait for a cold one', async () => {
    const { registry, clock } = openRegistry({ cold: fakeModel({ loadMs: 1 }), warm: fakeModel() });
    await registry.load('warm');
    const lease = await registry.acquire('warm', { timeoutMs: 0 });
    lease.release();
    const cold = rejection(registry.acquire('cold', { timeoutMs: 0 }));
    await clock.advance(0);
    expect(await cold).toMatchObject({ code: 'ERR_TIMEOUT' });
  });

  it('maxConcurrency lets so many in, the others in their order', async () => {
    const { registry, clock } = openRegistry({ model: { ...fakeModel(), maxConcurrency: 2 } });
    const served: number[] = [];
    const gates = Array.from({ length: 5 }, () => deferred());
    const uses = gates.map((gate, index) =>
      registry.use('model', () => {
        served.push(index);
        return gate.promise;
      }),
    );
    await clock.settle();
    expect(served).toEqual([0, 1]);
    expect(registry.status('model')).toMatchObject({ leases: 2, waiting: 3 });
    gates[1]?.resolve();
    await clock.settle();
    expect(served).toEqual([0, 1, 2]);
    for (const gate of gates) gate.resolve();
    await Promise.all(uses);
    expect(served).toEqual([0, 1, 2, 3, 4]);
  });

  it('8: a live request overtakes background ones in the queue of a busy model', async () => {
    const { registry, clock } = openRegistry({ model: { ...fakeModel(), maxConcurrency: 1 } });
    const lease = await registry.acquire('model');
    const served: string[] = [];
    const uses = [
      registry.use('model', () => served.push('background'), { priority: 'background' }),
      registry.use('model', () => served.push('live 1')),
      registry.use('model', () => served.push('live 2'), { priority: 'live' }),
    ];
    lease.release();
    await clock.settle();
    await Promise.all(uses);
    expect(served).toEqual(['live 1', 'live 2', 'background']);
  });

  it('one who leaves the queue of a busy model takes no one’s turn', async () => {
    const { registry, clock } = openRegistry({ model: { ...fakeModel(), maxConcurrency: 1 } });
    const lease = await registry.acquire('model');
    const left = rejection(registry.acquire('model', { timeoutMs: 5 }));
    const next = watch(registry.acquire('model'));
    await clock.advance(5);
    await left;
    lease.release();
    await clock.settle();
    expect(next.state).toBe('resolved');
    expect(registry.status('model')).toMatchObject({ leases: 1, waiting: 0 });
  });

  it('maxQueue refuses one more at once with ERR_QUEUE_FULL, on a busy model and on a cold one', async () => {
    const model = { ...fakeModel({ loadMs: 40 }), maxConcurrency: 1, maxQueue: 2 };
    const { registry, clock } = openRegistry({ model });
    const first = registry.acquire('model');
    const second = registry.acquire('model');
    const full = await rejection(registry.run('model', 1));
    expect(full).toMatchObject({ code: 'ERR_QUEUE_FULL', modelName: 'model' });
    await clock.advance(40);
    const lease = await first;
    const third = registry.acquire('model');
    expect(await rejection(registry.acquire('model'))).toMatchObject({
      code: 'ERR_QUEUE_FULL',
      retryAfterMs: 40,
    });
    lease.release();
    (await second).release();
    (await third).release();
  });

  it('maxQueue 0 serves hits and lets nobody wait', async () => {
    const { registry } = openRegistry({ model: { ...fakeModel(), maxQueue: 0 } });
    expect(await rejection(registry.acquire('model'))).toMatchObject({ code: 'ERR_QUEUE_FULL' });
    await registry.load('model');
    expect(await registry.run('model', 1)).toBe(1);
  });

  it('27: a wait without a limit of the caller’s ends after five minutes', async () => {
    const { registry, clock } = openRegistry({ model: { ...fakeModel(), maxConcurrency: 1 } });
    await registry.acquire('model');
    const waiting = watch(registry.acquire('model'));
    await clock.advance(299_999);
    expect(waiting.state).toBe('pending');
    await clock.advance(1);
    expect(waiting.reason).toMatchObject({ code: 'ERR_TIMEOUT' });
  });
});
