import { type Clock, ModelRegistry } from '@warmset/registry';
import { FakeClock, fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { deferred, rejection, watch } from './support/promises.js';

/** A clock whose time goes on while nothing that was asked of it happens: a scheduler that is stuck. */
function brokenClock() {
  const time = new FakeClock();
  let stuck = false;
  const clock: Clock = {
    now: () => time.now(),
    setTimeout: (fn, ms) => time.setTimeout(() => stuck || fn(), ms),
    clearTimeout: (handle) => time.clearTimeout(handle),
  };
  return {
    clock,
    time,
    breaks: () => {
      stuck = true;
    },
  };
}

describe('health', () => {
  it('26: is good when idle, when busy, when models fail and when they are slow', async () => {
    const models = {
      slow: fakeModel({ loadMs: 100_000 }),
      bad: fakeModel({ failures: 99 }),
      good: fakeModel(),
    };
    const { registry, clock } = openRegistry(models);
    expect(registry.isHealthy()).toBe(true);
    const slow = registry.load('slow');
    await rejection(registry.load('bad'));
    await registry.acquire('good');
    await clock.advance(99_999);
    expect(registry.isHealthy()).toBe(true);
    await clock.advance(1);
    await slow;
    expect(registry.snapshot().healthy).toBe(true);
  });

  it('26: turns bad by itself when a load is past its time-out and nothing ends it', async () => {
    const { clock, time, breaks } = brokenClock();
    const model = manualModel();
    const registry = new ModelRegistry({ models: { model }, clock, load: { timeoutMs: 1000 } });
    const loading = watch(registry.load('model'));
    await time.settle();
    breaks();
    await time.advance(2000);
    expect(registry.isHealthy()).toBe(true);
    await time.advance(1);
    expect(registry.isHealthy()).toBe(false);
    expect(registry.snapshot().healthy).toBe(false);
    model.loads[0]?.resolve();
    await time.settle();
    expect(loading.state).toBe('resolved');
    expect(registry.isHealthy()).toBe(true);
  });

  it('26: turns bad by itself when a load waits for memory past its deadline and nothing refuses it', async () => {
    const { clock, time, breaks } = brokenClock();
    const models = { a: fakeModel({ bytes: 10 }), b: fakeModel({ bytes: 10 }) };
    const memory = { budgetBytes: 10, waitTimeoutMs: 1000 };
    const registry = new ModelRegistry({ models, clock, memory });
    const lease = await registry.acquire('a');
    const waiting = watch(registry.load('b'));
    await time.settle();
    breaks();
    await time.advance(2000);
    expect(registry.isHealthy()).toBe(true);
    await time.advance(1);
    expect(registry.isHealthy()).toBe(false);
    lease.release();
    await time.settle();
    expect(waiting.state).toBe('resolved');
    expect(registry.isHealthy()).toBe(true);
  });

  it('26: goes by the definition’s own load time-out', async () => {
    const { clock, time, breaks } = brokenClock();
    const registry = new ModelRegistry({ models: { model: manualModel({ loadTimeoutMs: 10 }) }, clock });
    watch(registry.load('model'));
    await time.settle();
    breaks();
    await time.advance(1011);
    expect(registry.isHealthy()).toBe(false);
  });

  it('26: ready is once the preloads that were asked for are done', async () => {
    const models = { a: manualModel(), b: fakeModel() };
    const { registry, clock } = openRegistry(models);
    expect(registry.isReady()).toBe(true);
    const preloading = registry.preload();
    expect(registry.isReady()).toBe(false);
    const ready = watch(registry.ready);
    await clock.settle();
    expect([registry.isReady(), ready.state]).toEqual([false, 'pending']);
    models.a.loads[0]?.resolve();
    await preloading;
    await clock.settle();
    expect([registry.isReady(), ready.state]).toEqual([true, 'resolved']);
  });

  it('26: `ready` waits for a preload that began while it waited', async () => {
    const models = { a: fakeModel({ loadMs: 10 }), b: fakeModel({ loadMs: 20 }) };
    const { registry, clock } = openRegistry(models);
    void registry.preload(['a']);
    const ready = watch(registry.ready);
    await clock.advance(5);
    void registry.preload(['b']);
    await clock.advance(10);
    expect(ready.state).toBe('pending');
    await clock.advance(10);
    expect(ready.state).toBe('resolved');
  });

  it('26: not ready after a preload that failed, until the model is loaded some other way', async () => {
    const { registry } = openRegistry({ model: fakeModel({ failures: 1 }) });
    const report = await registry.preload();
    expect(registry.isReady()).toBe(false);
    expect(await rejection(registry.ready)).toBe(report.failed[0]?.error);
    await registry.load('model');
    expect(registry.isReady()).toBe(true);
    await registry.ready;
  });

  it('26: ready stays so when a preloaded model is evicted later', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    await registry.preload();
    await registry.evict('model');
    expect(registry.isReady()).toBe(true);
  });

  it('26: a closed registry is not ready', async () => {
    const { registry } = openRegistry({});
    const closing = registry.close();
    expect(registry.isReady()).toBe(false);
    await closing;
    expect(registry.isReady()).toBe(false);
  });

  it('27: every wait ends though nothing ever finishes: loads, memory, leases, drains, disposes, close', async () => {
    const models = {
      hung: manualModel(),
      held: { ...fakeModel({ bytes: 10 }), maxConcurrency: 1 },
      starved: fakeModel({ bytes: 10 }),
      undisposable: manualModel({ manualDispose: true }),
      unmeasurable: manualModel({ estimateBytes: () => new Promise<number>(() => {}) }),
      busy: fakeModel({ output: () => deferred().promise }),
    };
    const { registry, clock } = openRegistry(models, {
      memory: { budgetBytes: 10 },
      load: { concurrency: 9 },
    });
    registry.on('warning', () => {});
    await registry.acquire('held');
    const loading = registry.load('undisposable');
    await clock.settle();
    models.undisposable.loads[0]?.resolve();
    await loading;
    const calls = {
      hung: watch(registry.run('hung', 1)),
      held: watch(registry.acquire('held')),
      starved: watch(registry.run('starved', 1)),
      unmeasurable: watch(registry.load('unmeasurable')),
      busy: watch(registry.run('busy', 1, { timeoutMs: 1000 })),
      draining: watch(registry.evict('held')),
      disposing: watch(registry.evict('undisposable')),
      preloading: watch(registry.preload(['hung', 'starved'])),
    };
    await clock.advance(300_000);
    expect(Object.entries(calls).filter(([, call]) => call.state === 'pending')).toEqual([]);
    const closing = watch(registry.close());
    await clock.advance(60_000);
    expect(closing.state).toBe('resolved');
    expect(clock.pendingTimers).toBe(0);
  });
});
