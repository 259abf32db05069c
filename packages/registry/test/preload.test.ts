import type { PreloadProgress } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { openRegistry } from './support/open.js';
import { rejection } from './support/promises.js';

describe('preload', () => {
  it('loads all models where none are named, and tells how long it took', async () => {
    const models = {
      a: fakeModel({ loadMs: 30 }),
      b: fakeModel({ loadMs: 20 }),
      c: fakeModel({ loadMs: 10 }),
    };
    const { registry, clock } = openRegistry(models);
    const preloading = registry.preload();
    await clock.advance(30);
    expect(await preloading).toEqual({ loaded: ['b', 'a', 'c'], failed: [], durationMs: 30 });
    expect(registry.snapshot().models.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
  });

  it('one failure does not stop the rest', async () => {
    const models = { a: fakeModel(), bad: fakeModel({ failures: 9 }), c: fakeModel() };
    const { registry } = openRegistry(models);
    const report = await registry.preload(['a', 'bad', 'c']);
    expect(report.loaded).toEqual(['a', 'c']);
    expect(report.failed).toMatchObject([{ name: 'bad', error: { code: 'ERR_LOAD_FAILED' } }]);
  });

  it('asks for no more than its concurrency at a time', async () => {
    const models = {
      a: fakeModel({ loadMs: 10 }),
      b: fakeModel({ loadMs: 10 }),
      c: fakeModel({ loadMs: 10 }),
    };
    const { registry, clock } = openRegistry(models, { load: { concurrency: 9 } });
    const preloading = registry.preload(undefined, { concurrency: 2 });
    await clock.advance(5);
    expect(Object.values(models).map(({ loadsStarted }) => loadsStarted)).toEqual([1, 1, 0]);
    await clock.advance(15);
    expect((await preloading).durationMs).toBe(20);
  });

  it('tells of each model as it is done, whichever way it went', async () => {
    const models = { a: fakeModel(), bad: fakeModel({ failures: 9 }) };
    const { registry } = openRegistry(models);
    const progress: PreloadProgress[] = [];
    await registry.preload(undefined, { concurrency: 1, onProgress: (step) => progress.push(step) });
    expect(progress).toMatchObject([
      { name: 'a', done: 1, total: 2 },
      { name: 'bad', done: 2, total: 2, error: { code: 'ERR_LOAD_FAILED' } },
    ]);
    expect(progress[0]).not.toHaveProperty('error');
  });

  it('goes on where onProgress throws, and reports that', async () => {
    const { registry } = openRegistry({ a: fakeModel(), b: fakeModel() });
    const warnings: unknown[] = [];
    registry.on('warning', (warning) => warnings.push(warning));
    const onProgress = () => {
      throw new Error('mine');
    };
    expect((await registry.preload(undefined, { onProgress })).loaded).toEqual(['a', 'b']);
    expect(warnings).toMatchObject([{ name: 'a' }, { name: 'b', cause: { message: 'mine' } }]);
  });

  it('of a model that is loaded already is done at once, and of one named twice counts once', async () => {
    const model = fakeModel();
    const { registry } = openRegistry({ model });
    await registry.load('model');
    expect((await registry.preload(['model', 'model'])).loaded).toEqual(['model']);
    expect(model.loadsStarted).toBe(1);
  });

  it('of nothing is done at once', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    expect((await registry.preload([])).loaded).toEqual([]);
    expect((await openRegistry({}).registry.preload()).loaded).toEqual([]);
    expect(registry.isReady()).toBe(true);
  });

  it('tries at once a model that cools down', async () => {
    const { registry } = openRegistry({ model: fakeModel({ failures: 1 }) });
    await rejection(registry.run('model', 1));
    expect((await registry.preload()).loaded).toEqual(['model']);
  });

  it('refuses a name that there is not, with nothing loaded', async () => {
    const model = fakeModel();
    const { registry } = openRegistry({ model });
    expect(await rejection(registry.preload(['model', 'other' as 'model']))).toMatchObject({
      code: 'ERR_MODEL_NOT_FOUND',
      modelName: 'other',
    });
    expect(model.loadsStarted).toBe(0);
    expect(registry.isReady()).toBe(true);
  });

  it.each([
    { concurrency: 0 },
    { concurrency: 1.5 },
    { concurrency: Number.NaN },
    { onProgress: 1 },
    { n: 1 },
  ])('refuses %j', async (options) => {
    const { registry } = openRegistry({ model: fakeModel() });
    expect(await rejection(registry.preload(undefined, options as never))).toMatchObject({
      code: 'ERR_MODEL_INVALID',
    });
    expect(registry.isReady()).toBe(true);
  });
});
