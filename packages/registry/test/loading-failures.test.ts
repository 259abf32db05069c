import { WarmsetError } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a load that fails', () => {
  it('5: reaches every waiter as the same error, with the loader’s own as its cause', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const calls = [
      registry.run('model', 1),
      registry.use('model', () => 1),
      registry.acquire('model', { timeoutMs: 1000 }),
      registry.load('model'),
    ].map((call) => rejection<WarmsetError>(call));
    const preloading = registry.preload(['model']);
    await clock.settle();
    const cause = new Error('no such file');
    loadOf(model).reject(cause);
    const errors = await Promise.all(calls);
    errors.push((await preloading).failed[0]?.error as WarmsetError);
    expect(new Set(errors).size).toBe(1);
    expect(errors[0]).toBeInstanceOf(WarmsetError);
    expect(errors[0]).toMatchObject({ code: 'ERR_LOAD_FAILED', modelName: 'model', retryAfterMs: 5000 });
    expect(errors[0]?.cause).toBe(cause);
    expect(errors[0]?.message).toContain('no such file');
  });

  it.each([
    ['a string', 'text'],
    ['nothing', undefined],
    ['null', null],
    ['an object', { a: 1 }],
  ])('5: may throw %s, which is the cause', async (_what, thrown) => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const failing = rejection<WarmsetError>(registry.acquire('model'));
    await clock.settle();
    loadOf(model).reject(thrown);
    const error = await failing;
    expect(error.code).toBe('ERR_LOAD_FAILED');
    expect(error.cause).toBe(thrown);
    expect('cause' in error).toBe(true);
  });

  it('5: keeps the code and the cause of a WarmsetError that an adapter threw', async () => {
    const cause = new Error('MODULE_NOT_FOUND');
    const error = new WarmsetError('ERR_RUNTIME_MISSING', 'Run: npm i it', { cause, retriable: false });
    const { registry } = openRegistry({ model: fakeModel({ failures: 9, error }) }, { load: { retries: 3 } });
    const met = await rejection<WarmsetError>(registry.acquire('model'));
    expect(met).toMatchObject({ code: 'ERR_RUNTIME_MISSING', message: 'Run: npm i it', modelName: 'model' });
    expect(met.cause).toBe(cause);
    expect(registry.status('model')).toMatchObject({
      loadFailures: 1,
      error: { code: 'ERR_RUNTIME_MISSING' },
    });
  });

  it('5: is tried again after a back-off that grows up to its maximum', async () => {
    const model = fakeModel({ failures: 4 });
    const backoff = { initialMs: 100, factor: 3, maxMs: 500, jitter: 0 };
    const { registry, clock } = openRegistry({ model }, { load: { retries: 4, backoff } });
    const loading = watch(registry.load('model'));
    await clock.settle();
    const tries = [model.loadsStarted];
    for (const ms of [99, 1, 299, 1, 499, 1, 499, 1]) {
      await clock.advance(ms);
      tries.push(model.loadsStarted);
    }
    expect(tries).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5]);
    expect(loading.state).toBe('resolved');
    expect(registry.status('model')).toMatchObject({ loads: 1, loadFailures: 4, state: 'ready' });
  });

  it.each([
    [0, 1000],
    [0.5, 750],
    [1, 500],
  ])('5: waits less by a random share of the jitter (random %d: %d ms)', async (random, waitMs) => {
    vi.spyOn(Math, 'random').mockReturnValue(random);
    const model = fakeModel({ failures: 1 });
    const backoff = { initialMs: 1000, jitter: 0.5 };
    const { registry, clock } = openRegistry({ model }, { load: { retries: 1, backoff } });
    const loading = registry.load('model');
    await clock.advance(waitMs - 1);
    expect(model.loadsStarted).toBe(1);
    await clock.advance(1);
    await loading;
  });

  it('5: shows itself as queued while it backs off, holding neither slot nor bytes', async () => {
    const model = fakeModel({ failures: 1, bytes: 10 });
    const other = fakeModel({ bytes: 10 });
    const load = { retries: 1, concurrency: 1, backoff: { initialMs: 1000, jitter: 0 } };
    const { registry, clock } = openRegistry({ model, other }, { load, memory: { budgetBytes: 10 } });
    const loading = watch(registry.load('model'));
    await clock.settle();
    expect(registry.status('model')).toMatchObject({ state: 'queued', waiting: 1, loadFailures: 1 });
    expect(registry.snapshot().memory.reservedBytes).toBe(0);
    expect((await registry.load('other')).state).toBe('ready');
    expect(loading.state).toBe('pending');
  });

  it('5: is not tried again where its error says that it is pointless', async () => {
    for (const flag of ['retriable', 'retryable']) {
      const error = Object.assign(new Error('bad file'), { [flag]: false });
      const model = fakeModel({ failures: 9, error });
      const { registry } = openRegistry({ model }, { load: { retries: 5 } });
      expect(await rejection(registry.acquire('model'))).toMatchObject({ cause: error, retriable: false });
      expect(model.loadsStarted).toBe(1);
    }
  });

  it('5: is given up in its back-off when its last waiter leaves', async () => {
    const model = fakeModel({ failures: 9 });
    const load = { retries: 5, backoff: { initialMs: 1000, jitter: 0 } };
    const { registry, clock } = openRegistry({ model }, { load });
    const leaving = new AbortController();
    const left = rejection(registry.acquire('model', { signal: leaving.signal }));
    await clock.settle();
    leaving.abort('enough');
    expect(await left).toBe('enough');
    await clock.settle();
    expect(registry.status('model').state).toBe('idle');
    expect(clock.pendingTimers).toBe(0);
  });

  it('5: cools down: requests get the original error and retryAfterMs without running the loader', async () => {
    const cause = new Error('down');
    const model = fakeModel({ failures: 1, error: cause });
    const { registry, clock } = openRegistry({ model }, { load: { cooldownMs: 1000 } });
    const first = await rejection<WarmsetError>(registry.run('model', 1));
    expect(first.retryAfterMs).toBe(1000);
    await clock.advance(400);
    const cooled = await rejection<WarmsetError>(registry.run('model', 1));
    expect(cooled).toMatchObject({ code: first.code, message: first.message, retryAfterMs: 600 });
    expect(cooled.cause).toBe(cause);
    expect(registry.tryAcquire('model')).toBeUndefined();
    expect(registry.status('model')).toMatchObject({
      state: 'failed',
      error: { code: 'ERR_LOAD_FAILED', at: 0, retryAt: 1000 },
    });
    expect(model.loadsStarted).toBe(1);
    await clock.advance(599);
    expect((await rejection<WarmsetError>(registry.run('model', 1))).retryAfterMs).toBe(1);
    await clock.advance(1);
    expect(await registry.run('model', 1)).toBe(1);
    expect(registry.status('model').error).toBeUndefined();
  });

  it('5: cools down from its last failure, each time anew', async () => {
    const model = fakeModel({ failures: 2 });
    const { registry, clock } = openRegistry({ model }, { load: { cooldownMs: 1000 } });
    await rejection(registry.run('model', 1));
    await clock.advance(1500);
    await rejection(registry.run('model', 1));
    await clock.advance(999);
    await rejection(registry.run('model', 1));
    expect(model.loadsStarted).toBe(2);
    await clock.advance(1);
    expect(await registry.run('model', 1)).toBe(1);
  });

  it('5: load() tries at once, whatever the cool-down, and requests join it', async () => {
    const model = fakeModel({ failures: 1, loadMs: 10 });
    const { registry, clock } = openRegistry({ model });
    const failing = rejection(registry.run('model', 1));
    await clock.advance(10);
    await failing;
    const loading = registry.load('model');
    const joined = registry.run('model', 2);
    await clock.advance(10);
    expect((await loading).state).toBe('ready');
    expect(await joined).toBe(2);
    expect(model.loadsStarted).toBe(2);
  });

  it('5: load() from a listener for the failure tries at once too', async () => {
    const model = fakeModel({ failures: 1 });
    const { registry, clock } = openRegistry({ model });
    const again: Promise<unknown>[] = [];
    registry.once('failed', ({ name }) => again.push(registry.load(name as 'model')));
    await rejection(registry.run('model', 1));
    await clock.settle();
    expect(await Promise.all(again)).toMatchObject([{ state: 'ready' }]);
  });

  it('5: load() from a listener for the state tries at once too', async () => {
    const model = fakeModel({ failures: 1 });
    const { registry } = openRegistry({ model });
    const again: Promise<unknown>[] = [];
    registry.on('state', ({ to }) => {
      if (to === 'failed') again.push(registry.load('model'));
    });
    await rejection(registry.run('model', 1));
    expect(await Promise.all(again)).toMatchObject([{ state: 'ready' }]);
  });

  it('5: an estimate that fails is a failed load, with the loader not run', async () => {
    const cause = new Error('no such file');
    const model = manualModel({ estimateBytes: () => Promise.reject(cause) });
    const { registry } = openRegistry({ model });
    expect(await rejection(registry.acquire('model'))).toMatchObject({ code: 'ERR_LOAD_FAILED', cause });
    expect(model.loads).toHaveLength(0);
  });
});
