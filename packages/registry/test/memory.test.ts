import { WarmsetError } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

describe('the bytes of a model', () => {
  it('9: are reserved before its load, measured after it, and free once its dispose has finished', async () => {
    const model = fakeModel({ bytes: 60, measuredBytes: 50, loadMs: 10, disposeMs: 20 });
    const { registry, clock } = openRegistry({ model }, { memory: { budgetBytes: 100 } });
    const books = () => {
      const { usedBytes, reservedBytes } = registry.snapshot().memory;
      return { usedBytes, reservedBytes, ofModel: registry.status('model').memory };
    };
    const running = registry.run('model', 1);
    await clock.advance(5);
    expect(books()).toEqual({
      usedBytes: 0,
      reservedBytes: 60,
      ofModel: { bytes: 0, source: 'none', estimatedBytes: 60, reservedBytes: 60 },
    });
    await clock.advance(5);
    await running;
    expect(books()).toMatchObject({
      usedBytes: 50,
      reservedBytes: 0,
      ofModel: { bytes: 50, source: 'runtime' },
    });
    const evicting = registry.evict('model');
    await clock.advance(19);
    expect(books()).toMatchObject({ usedBytes: 50, ofModel: { bytes: 50 } });
    await clock.advance(1);
    expect(await evicting).toEqual({ evicted: true, freedBytes: 50, waitedMs: 20 });
    expect(books()).toMatchObject({ usedBytes: 0, reservedBytes: 0, ofModel: { bytes: 0 } });
  });

  it('9: are free again after a load that failed', async () => {
    const { registry } = openRegistry({ model: fakeModel({ bytes: 60, failures: 1 }) });
    await rejection(registry.run('model', 1));
    expect(registry.snapshot().memory).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
  });

  it('9: stay charged until a copy that came too late for its callers is disposed of', async () => {
    const model = fakeModel({ bytes: 60, loadMs: 10, disposeMs: 20, ignoresAbort: true });
    const { registry, clock } = openRegistry({ model });
    const reasons: string[] = [];
    registry.on('evicted', ({ reason }) => reasons.push(reason));
    const left = rejection(registry.run('model', 1, { timeoutMs: 5 }));
    await clock.advance(10);
    await left;
    const again = watch(registry.run('model', 2));
    await clock.advance(19);
    expect(registry.snapshot().memory).toMatchObject({ usedBytes: 60, reservedBytes: 0 });
    expect(model.loadsStarted).toBe(1);
    await clock.advance(1);
    expect(registry.snapshot().memory).toMatchObject({ usedBytes: 0, reservedBytes: 60 });
    await clock.advance(10);
    expect(again).toEqual({ state: 'resolved', value: 2 });
    expect(reasons).toEqual(['cancelled']);
    expect(registry.status('model')).toMatchObject({ evictions: 0 });
  });
});

describe('the budget', () => {
  it('9: is never exceeded by loads side by side', async () => {
    const models = { a: manualModel({ estimateBytes: 60 }), b: manualModel({ estimateBytes: 60 }) };
    const { registry, clock } = openRegistry(models, {
      memory: { budgetBytes: 100 },
      load: { concurrency: 2 },
    });
    const first = registry.run('a', 1);
    const second = watch(registry.run('b', 2));
    await clock.settle();
    expect(models.b.loads).toHaveLength(0);
    loadOf(models.a).resolve();
    await first;
    await clock.settle();
    expect(models.a.instances[0]?.disposed).toBe(1);
    loadOf(models.b).resolve();
    await clock.settle();
    expect(second).toEqual({ state: 'resolved', value: 2 });
  });

  it('9: a model that turns out too large is paid for by others, before anything else is let in', async () => {
    const models = {
      small: fakeModel({ bytes: 30 }),
      liar: fakeModel({ bytes: 40, measuredBytes: 90 }),
      next: fakeModel({ bytes: 5 }),
    };
    const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 100 } });
    const evicted: string[] = [];
    registry.on('evicted', ({ name, reason }) => evicted.push(`${name}: ${reason}`));
    await registry.run('small', 1);
    const lease = await registry.acquire('liar');
    await registry.run('next', 1);
    await clock.settle();
    expect(evicted).toEqual(['small: deficit']);
    expect(registry.snapshot().memory.usedBytes).toBe(95);
    lease.release();
  });

  it('9: a deficit lets nobody in, until the one who made it is free to go', async () => {
    const models = { liar: fakeModel({ bytes: 40, measuredBytes: 130 }), next: fakeModel({ bytes: 0 }) };
    const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 100 } });
    const lease = await registry.acquire('liar');
    const next = watch(registry.run('next', 1));
    await clock.advance(1_000);
    expect(next.state).toBe('pending');
    lease.release();
    await clock.settle();
    expect(next).toEqual({ state: 'resolved', value: 1 });
    expect(registry.status('liar').state).toBe('idle');
  });

  it('9: a deficit is repaid also by a model that was loaded ahead and never used', async () => {
    const { registry, clock } = openRegistry(
      { liar: fakeModel({ bytes: 40, measuredBytes: 130 }) },
      { memory: { budgetBytes: 100 } },
    );
    await registry.load('liar');
    await clock.settle();
    expect(registry.status('liar')).toMatchObject({ state: 'idle', loads: 1, evictions: 1 });
  });

  it('9: who waits behind a deficit is refused at the limit, a model that is too large at once', async () => {
    const models = {
      liar: fakeModel({ bytes: 40, measuredBytes: 130 }),
      next: fakeModel({ bytes: 10 }),
      huge: fakeModel({ bytes: 101 }),
    };
    const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 100, waitTimeoutMs: 500 } });
    const lease = await registry.acquire('liar');
    const next = watch(registry.run('next', 1));
    expect(await rejection(registry.run('huge', 1))).toMatchObject({ code: 'ERR_MODEL_TOO_LARGE' });
    await clock.advance(499);
    expect(next.state).toBe('pending');
    await clock.advance(1);
    expect(next.reason).toMatchObject({ code: 'ERR_MEMORY_BUDGET', retryAfterMs: 500 });
    lease.release();
  });
});

describe('10: a model larger than the whole budget', () => {
  it('fails at once, evicting nobody, and says what would fit', async () => {
    const models = { a: fakeModel({ bytes: 100 }), huge: fakeModel({ bytes: 101 }) };
    const { registry } = openRegistry(models, { memory: { budgetBytes: 100 } });
    await registry.run('a', 1);
    const error = await rejection<WarmsetError>(registry.run('huge', 1));
    expect(error).toBeInstanceOf(WarmsetError);
    expect(error).toMatchObject({ code: 'ERR_MODEL_TOO_LARGE', modelName: 'huge', retriable: false });
    expect(error.message).toMatch(/101 bytes.*100.*memory\.budgetBytes/);
    expect(registry.status('a').state).toBe('ready');
    expect(models.huge.loadsStarted).toBe(0);
  });

  it('fails at once also while every slot is taken', async () => {
    const models = { slow: manualModel({ estimateBytes: 10 }), huge: fakeModel({ bytes: 101 }) };
    const { registry, clock } = openRegistry(models, {
      memory: { budgetBytes: 100 },
      load: { concurrency: 1 },
    });
    const slow = registry.run('slow', 1);
    await clock.settle();
    expect(await rejection(registry.run('huge', 1))).toMatchObject({ code: 'ERR_MODEL_TOO_LARGE' });
    loadOf(models.slow).resolve();
    await slow;
  });

  it('needs no cool-down: once it is smaller it loads', async () => {
    let bytes = 101;
    const model = { ...fakeModel(), estimateBytes: () => bytes };
    const { registry } = openRegistry({ model }, { memory: { budgetBytes: 100 } });
    expect(await rejection(registry.run('model', 1))).toMatchObject({ code: 'ERR_MODEL_TOO_LARGE' });
    bytes = 100;
    expect(await registry.run('model', 1)).toBe(1);
  });
});
