import { defineModel } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

describe('the load time-out', () => {
  it('6: counts from the start of the load, not from its queueing', async () => {
    const first = manualModel();
    const second = manualModel();
    const { registry, clock } = openRegistry({ first, second }, { load: { concurrency: 1, timeoutMs: 100 } });
    watch(registry.load('first'));
    const queued = watch(registry.load('second'));
    await clock.advance(90);
    loadOf(first).resolve();
    await clock.advance(99);
    expect(queued.state).toBe('pending');
    await clock.advance(1);
    expect(queued.reason).toMatchObject({ code: 'ERR_LOAD_TIMEOUT', modelName: 'second', retriable: false });
    expect(loadOf(second).context.signal.aborted).toBe(true);
  });

  it('6: is the definition’s where it has one', async () => {
    const model = manualModel({ loadTimeoutMs: 10 });
    const { registry, clock } = openRegistry({ model });
    const failing = rejection(registry.load('model'));
    await clock.advance(10);
    expect(await failing).toMatchObject({
      code: 'ERR_LOAD_TIMEOUT',
      message: expect.stringContaining('10 ms'),
    });
  });

  it('6: a copy that comes after it is disposed of, and the cool-down holds', async () => {
    const model = manualModel({ loadTimeoutMs: 10, estimateBytes: 5 });
    const { registry, clock } = openRegistry({ model });
    const failing = rejection(registry.load('model'));
    await clock.advance(10);
    await failing;
    expect(registry.snapshot().memory.reservedBytes).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    loadOf(model).resolve();
    await clock.settle();
    expect(model.instances).toEqual([{ id: 1, disposed: 1 }]);
    expect(registry.status('model').state).toBe('failed');
  });

  it('6: a loader that fails after it changes nothing any more', async () => {
    const model = manualModel({ loadTimeoutMs: 10 });
    const { registry, clock } = openRegistry({ model });
    const failing = rejection(registry.load('model'));
    await clock.advance(10);
    await failing;
    loadOf(model).reject(new Error('late'));
    await clock.settle();
    expect(registry.status('model')).toMatchObject({ loadFailures: 1, error: { code: 'ERR_LOAD_TIMEOUT' } });
  });

  it('6: the dispose of a copy that came too late may fail, which is reported', async () => {
    const model = manualModel({ loadTimeoutMs: 10, dispose: () => Promise.reject(new Error('stuck')) });
    const { registry, clock } = openRegistry({ model });
    const warnings: unknown[] = [];
    registry.on('warning', (warning) => warnings.push(warning));
    const failing = rejection(registry.load('model'));
    await clock.advance(10);
    await failing;
    loadOf(model).resolve();
    await clock.settle();
    expect(warnings).toMatchObject([{ name: 'model', cause: { message: 'stuck' } }]);
  });

  it('6: ends the wait for a cancelled load whose loader ignores its signal, and the next one is served', async () => {
    const model = manualModel({ loadTimeoutMs: 100 });
    const { registry, clock } = openRegistry({ model });
    const left = rejection(registry.acquire('model', { timeoutMs: 10 }));
    await clock.advance(10);
    await left;
    const next = watch(registry.use('model', (instance) => instance.id));
    await clock.advance(90);
    expect(model.loads).toHaveLength(2);
    loadOf(model, 1).resolve();
    await clock.settle();
    expect(next).toMatchObject({ state: 'resolved', value: 1 });
    loadOf(model, 0).resolve();
    await clock.settle();
    expect(model.instances).toEqual([
      { id: 1, disposed: 0 },
      { id: 2, disposed: 1 },
    ]);
  });

  it('6: holds for a warm-up that never ends', async () => {
    const model = defineModel({
      load: () => 'model',
      warmup: () => new Promise(() => {}),
      loadTimeoutMs: 10,
    });
    const { registry, clock } = openRegistry({ model });
    const failing = rejection(registry.load('model'));
    await clock.advance(10);
    expect(await failing).toMatchObject({ code: 'ERR_LOAD_TIMEOUT' });
  });

  it('6: holds for an estimate that never comes, and a later request tries again', async () => {
    let estimate: Promise<number> = new Promise(() => {});
    const model = manualModel({ loadTimeoutMs: 10, estimateBytes: () => estimate });
    const { registry, clock } = openRegistry({ model });
    const failing = watch(registry.load('model'));
    await clock.advance(10);
    expect(failing.reason).toMatchObject({ code: 'ERR_LOAD_TIMEOUT' });
    estimate = Promise.resolve(1);
    const loading = registry.load('model');
    await clock.settle();
    loadOf(model).resolve();
    expect((await loading).state).toBe('ready');
  });

  it('3: an estimate that never comes is given up with its last waiter', async () => {
    const model = manualModel({ estimateBytes: () => new Promise<number>(() => {}) });
    const { registry, clock } = openRegistry({ model });
    const left = rejection(registry.load('model', { timeoutMs: 5 }));
    await clock.advance(5);
    await left;
    await clock.settle();
    expect(registry.status('model').state).toBe('idle');
    expect(clock.pendingTimers).toBe(0);
  });

  it('6: progress resets the stall time-out, not the whole time-out', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model }, { load: { timeoutMs: 100, stallTimeoutMs: 30 } });
    const loading = watch(registry.load('model'));
    for (const fraction of [0.1, 0.2, 0.3]) {
      await clock.advance(29);
      loadOf(model).context.reportProgress(fraction);
      expect(registry.status('model').load?.progress).toBe(fraction);
    }
    await clock.advance(13);
    expect(loading.reason).toMatchObject({ code: 'ERR_LOAD_TIMEOUT' });
    expect(clock.now()).toBe(100);
    expect(registry.status('model').load?.progress).toBeUndefined();
  });

  it('6: a load that reports no progress for the stall time-out is given up', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model }, { load: { stallTimeoutMs: 30 } });
    const loading = watch(registry.load('model'));
    await clock.advance(20);
    loadOf(model).context.reportProgress(0.5);
    await clock.advance(29);
    expect(loading.state).toBe('pending');
    await clock.advance(1);
    expect(loading.reason).toMatchObject({
      code: 'ERR_LOAD_TIMEOUT',
      message: expect.stringContaining('30 ms'),
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('6: progress from a try that is over starts no timer and shows nowhere', async () => {
    const model = manualModel();
    const load = { retries: 1, stallTimeoutMs: 1000, backoff: { initialMs: 10, jitter: 0 } };
    const { registry, clock } = openRegistry({ model }, { load });
    const loading = registry.load('model');
    await clock.settle();
    loadOf(model).reject(new Error('once more'));
    await clock.advance(10);
    loadOf(model, 1).context.reportProgress(0.2);
    loadOf(model, 0).context.reportProgress(0.9);
    expect(registry.status('model').load?.progress).toBe(0.2);
    loadOf(model, 1).resolve();
    await loading;
    loadOf(model, 1).context.reportProgress(0.9);
    expect(clock.pendingTimers).toBe(0);
    expect(registry.status('model').load?.progress).toBeUndefined();
  });

  it('progress that is not a fraction is not shown', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const loading = registry.load('model');
    await clock.settle();
    const { reportProgress } = loadOf(model).context;
    for (const bad of [Number.NaN, -0.1, 1.1, '50 %' as unknown as number]) reportProgress(bad);
    expect(registry.status('model').load?.progress).toBeUndefined();
    reportProgress(1);
    expect(registry.status('model').load?.progress).toBe(1);
    loadOf(model).resolve();
    await loading;
  });

  it('Infinity is no time-out', async () => {
    const { registry, clock } = openRegistry(
      { model: fakeModel({ loadMs: 10_000_000 }) },
      { load: { timeoutMs: Number.POSITIVE_INFINITY } },
    );
    const loading = registry.load('model', { timeoutMs: Number.POSITIVE_INFINITY });
    await clock.advance(10_000_000);
    expect((await loading).load).toMatchObject({ lastMs: 10_000_000 });
  });
});
