import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

const BUDGET = { memory: { budgetBytes: 100 } };

/** A model of 60 bytes whose dispose does what it is told. */
function stubborn(dispose: () => void | Promise<void>) {
  return { ...fakeModel({ bytes: 60 }), dispose };
}

const failure = new Error('the handle is busy');

describe('14: a dispose that fails', () => {
  it.each([
    ['rejects', () => Promise.reject(failure)],
    [
      'throws',
      () => {
        throw failure;
      },
    ],
  ])('because it %s is reported with its cause, and frees nothing', async (_how, dispose) => {
    const { registry } = openRegistry({ model: stubborn(dispose) }, BUDGET);
    const warnings: unknown[] = [];
    registry.on('warning', ({ name, message, cause }) => warnings.push({ name, message, cause }));
    await registry.run('model', 1);
    expect(await registry.evict('model')).toMatchObject({ freedBytes: 0 });
    expect(warnings).toEqual([
      {
        name: 'model',
        message: '"model" could not be disposed of; its 60 bytes stay charged',
        cause: failure,
      },
    ]);
    expect(registry.snapshot().memory.usedBytes).toBe(60);
    expect(registry.status('model').memory.bytes).toBe(60);
    expect(registry.status('model').state).toBe('idle');
  });

  it('leaves room for what fits beside it, and refuses the rest at once', async () => {
    const models = {
      stuck: stubborn(() => Promise.reject(failure)),
      small: fakeModel({ bytes: 40 }),
      big: fakeModel({ bytes: 41 }),
    };
    const { registry } = openRegistry(models, BUDGET);
    registry.on('warning', () => {});
    await registry.run('stuck', 1);
    await registry.evict('stuck');
    expect(await rejection(registry.run('big', 1))).toMatchObject({ code: 'ERR_MEMORY_BUDGET' });
    expect(await registry.run('small', 1)).toBe(1);
  });

  it('does not stop the load that it was meant to make room for from waiting for others', async () => {
    const models = {
      stuck: stubborn(() => Promise.reject(failure)),
      held: fakeModel({ bytes: 40 }),
      next: fakeModel({ bytes: 40 }),
    };
    const { registry, clock } = openRegistry(models, BUDGET);
    registry.on('warning', () => {});
    await registry.run('stuck', 1);
    const lease = await registry.acquire('held');
    const next = watch(registry.run('next', 1));
    await clock.settle();
    expect(next.state).toBe('pending');
    lease.release();
    await clock.settle();
    expect(next).toEqual({ state: 'resolved', value: 1 });
  });

  it('lets the model itself be loaded anew, where both fit', async () => {
    const { registry } = openRegistry(
      { model: stubborn(() => Promise.reject(failure)) },
      { memory: { budgetBytes: 120 } },
    );
    registry.on('warning', () => {});
    await registry.run('model', 1);
    await registry.evict('model');
    expect(await registry.run('model', 2)).toBe(2);
    expect(registry.snapshot().memory.usedBytes).toBe(120);
  });
});

describe('14: a dispose that hangs', () => {
  const hanging = () =>
    manualModel({ manualDispose: true, estimateBytes: 60, load: async () => ({ id: 1, disposed: 0 }) });

  it('is reported after 30 s, and the registry goes on without its bytes', async () => {
    const models = { hanging: hanging(), other: fakeModel({ bytes: 40 }) };
    const { registry, clock } = openRegistry(models, BUDGET);
    const warnings: string[] = [];
    registry.on('warning', ({ message, cause }) => warnings.push(`${message}: ${(cause as Error).message}`));
    await registry.run('hanging', 1);
    const evicting = watch(registry.evict('hanging'));
    await clock.advance(29_999);
    expect(evicting.state).toBe('pending');
    await clock.advance(1);
    expect(evicting.value).toEqual({ evicted: true, freedBytes: 0, waitedMs: 30_000 });
    expect(warnings).toEqual([
      '"hanging" could not be disposed of; its 60 bytes stay charged: it took longer than 30000 ms',
    ]);
    expect(registry.snapshot().memory.usedBytes).toBe(60);
    expect(await registry.run('other', 1)).toBe(1);
  });

  it('gives its bytes back when it ends after all, also to those that wait for them', async () => {
    const models = { hanging: hanging(), other: fakeModel({ bytes: 20 }), next: fakeModel({ bytes: 30 }) };
    const { registry, clock } = openRegistry(models, BUDGET);
    registry.on('warning', () => {});
    await registry.run('hanging', 1);
    const evicting = registry.evict('hanging');
    await clock.advance(30_000);
    await evicting;
    const lease = await registry.acquire('other');
    const next = watch(registry.run('next', 1));
    await clock.settle();
    expect(next.state).toBe('pending');
    models.hanging.disposes[0]?.resolve();
    await clock.settle();
    expect(next).toEqual({ state: 'resolved', value: 1 });
    lease.release();
  });

  it('stays charged where it fails in the end', async () => {
    const models = { hanging: hanging() };
    const { registry, clock } = openRegistry(models, BUDGET);
    registry.on('warning', () => {});
    await registry.run('hanging', 1);
    const evicting = registry.evict('hanging');
    await clock.advance(30_000);
    await evicting;
    models.hanging.disposes[0]?.reject(failure);
    await clock.settle();
    expect(registry.snapshot().memory.usedBytes).toBe(60);
  });

  it('holds up neither the hits nor the loads of other models', async () => {
    const models = { hanging: hanging(), hit: fakeModel({ bytes: 10 }), cold: fakeModel({ bytes: 10 }) };
    const { registry, clock } = openRegistry(models, BUDGET);
    await registry.run('hanging', 1);
    await registry.run('hit', 1);
    const evicting = registry.evict('hanging');
    await clock.settle();
    expect(await registry.run('hit', 2)).toBe(2);
    expect(await registry.run('cold', 3)).toBe(3);
    models.hanging.disposes[0]?.resolve();
    await evicting;
  });
});

describe('14: a copy that came too late and cannot be disposed of', () => {
  it('is reported', async () => {
    const model = {
      ...fakeModel({ loadMs: 100, ignoresAbort: true }),
      dispose: () => Promise.reject(failure),
    };
    const { registry, clock } = openRegistry({ model }, { load: { timeoutMs: 50 } });
    const warnings: unknown[] = [];
    registry.on('warning', ({ message, cause }) => warnings.push({ message, cause }));
    const failed = rejection(registry.run('model', 1));
    await clock.advance(100);
    expect(await failed).toMatchObject({ code: 'ERR_LOAD_TIMEOUT' });
    expect(warnings).toEqual([
      { message: 'A copy of "model" that nobody had could not be disposed of', cause: failure },
    ]);
  });
});
