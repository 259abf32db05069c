import { defineModel } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

describe('loading', () => {
  it('1: a thousand concurrent first uses are one load and a thousand leases of the same instance', async () => {
    const model = fakeModel({ loadMs: 50 });
    const { registry, clock } = openRegistry({ model });
    const acquiring = Promise.all(Array.from({ length: 1000 }, () => registry.acquire('model')));
    await clock.advance(50);
    const leases = await acquiring;
    expect(new Set(leases.map((lease) => lease.model)).size).toBe(1);
    expect(model.loadsStarted).toBe(1);
    expect(registry.status('model')).toMatchObject({ leases: 1000, loads: 1, waiting: 0, state: 'ready' });
    for (const lease of leases) lease.release();
    expect(registry.status('model').leases).toBe(0);
  });

  it('1: uses that come at any moment of a load join it', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const uses = [registry.use('model', (instance) => instance.id)];
    await clock.settle();
    uses.push(registry.use('model', (instance) => instance.id));
    loadOf(model).resolve();
    uses.push(registry.use('model', (instance) => instance.id));
    await Promise.resolve();
    uses.push(registry.use('model', (instance) => instance.id));
    expect(await Promise.all(uses)).toEqual([1, 1, 1, 1]);
    expect(model.loads).toHaveLength(1);
  });

  it('1: use, run, acquire, load and preload of a cold model share one load', async () => {
    const model = fakeModel({ loadMs: 10 });
    const { registry, clock } = openRegistry({ model });
    const all = Promise.all([
      registry.use('model', () => 'used'),
      registry.run('model', 'ran'),
      registry.acquire('model'),
      registry.load('model'),
      registry.preload(['model']),
    ]);
    await clock.advance(10);
    const [used, ran, lease, status, report] = await all;
    expect([used, ran, status.state, report.loaded]).toEqual(['used', 'ran', 'ready', ['model']]);
    lease.release();
    expect(model.loadsStarted).toBe(1);
  });

  it('1: different models load side by side, up to load.concurrency', async () => {
    const models = { a: manualModel(), b: manualModel(), c: manualModel(), d: manualModel() };
    const { registry, clock } = openRegistry(models, { load: { concurrency: 3 } });
    const loading = Promise.all([
      registry.load('a'),
      registry.load('b'),
      registry.load('c'),
      registry.load('d'),
    ]);
    await clock.settle();
    const begun = () => Object.values(models).map((model) => model.loads.length);
    expect(begun()).toEqual([1, 1, 1, 0]);
    expect(registry.snapshot().loads).toMatchObject({ active: 3, queued: 1 });
    loadOf(models.b).resolve();
    await clock.settle();
    expect(begun()).toEqual([1, 1, 1, 1]);
    for (const model of [models.a, models.c, models.d]) loadOf(model).resolve();
    await loading;
    expect(registry.snapshot().loads).toMatchObject({ active: 0, queued: 0, total: 4 });
  });

  it('1: a failed load gives its slot to the next model', async () => {
    const first = manualModel();
    const second = manualModel();
    const { registry, clock } = openRegistry({ first, second }, { load: { concurrency: 1 } });
    const failing = rejection(registry.load('first'));
    const loading = registry.load('second');
    await clock.settle();
    expect(second.loads).toHaveLength(0);
    loadOf(first).reject(new Error('no'));
    await failing;
    await clock.settle();
    loadOf(second).resolve();
    expect((await loading).state).toBe('ready');
  });

  it('2: a load that never ends delays no hit, load, eviction or reload of another model', async () => {
    const slow = manualModel();
    const { registry, clock } = openRegistry({ slow, quick: fakeModel(), other: fakeModel() });
    await registry.load('quick');
    const stuck = watch(registry.run('slow', 1));
    await clock.settle();
    expect(await registry.run('quick', 2)).toBe(2);
    expect(registry.tryAcquire('quick')?.release()).toBeUndefined();
    expect(await registry.run('other', 3)).toBe(3);
    expect((await registry.evict('other')).evicted).toBe(true);
    expect((await registry.reload('quick')).loads).toBe(2);
    expect(stuck.state).toBe('pending');
  });

  it('2: a dispose that takes long delays no hit, load or eviction of another model', async () => {
    const slow = manualModel({ manualDispose: true });
    const { registry, clock } = openRegistry({ slow, quick: fakeModel(), other: fakeModel() });
    const loading = registry.load('slow');
    await clock.settle();
    loadOf(slow).resolve();
    await loading;
    await registry.load('quick');
    const evicting = watch(registry.evict('slow'));
    await clock.settle();
    expect(await registry.run('quick', 2)).toBe(2);
    expect(await registry.run('other', 3)).toBe(3);
    expect((await registry.evict('quick')).evicted).toBe(true);
    expect(evicting.state).toBe('pending');
    slow.disposes[0]?.resolve();
    await clock.settle();
    expect(evicting.value).toMatchObject({ evicted: true });
  });

  it('a loader that gives null or undefined failed, and is not run again for it', async () => {
    for (const nothing of [null, undefined]) {
      let calls = 0;
      const model = defineModel({
        load: () => {
          calls += 1;
          return nothing;
        },
      });
      const { registry } = openRegistry({ model }, { load: { retries: 3 } });
      const error = await rejection(registry.acquire('model'));
      expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', modelName: 'model', retriable: false });
      expect((error as Error).message).toContain(String(nothing));
      expect(calls).toBe(1);
    }
  });

  it.each([0, '', false, Number.NaN])('a loader that gives %j gave a model', async (value) => {
    const { registry } = openRegistry({ model: defineModel({ load: () => value }) });
    expect(await registry.use('model', (model) => model)).toBe(value);
  });

  it('a loader may be synchronous, and one that throws is as one that rejects', async () => {
    const cause = new Error('thrown at once');
    const models = {
      good: defineModel({ load: () => 'model' }),
      bad: defineModel({
        load(): string {
          throw cause;
        },
      }),
    };
    const { registry } = openRegistry(models);
    expect(await registry.use('good', (model) => model)).toBe('model');
    expect(await rejection(registry.acquire('bad'))).toMatchObject({ code: 'ERR_LOAD_FAILED', cause });
  });

  it('warms a model up before any request sees it, and a failing warm-up fails the load and disposes', async () => {
    const steps: string[] = [];
    const cause = new Error('warm-up failed');
    let fails = true;
    const model = defineModel({
      load: () => ({ warm: false }),
      warmup: async (instance) => {
        await Promise.resolve();
        if (fails) throw cause;
        instance.warm = true;
      },
      dispose: () => void steps.push('disposed'),
    });
    const { registry } = openRegistry({ model });
    expect(await rejection(registry.acquire('model'))).toMatchObject({ code: 'ERR_LOAD_FAILED', cause });
    expect(steps).toEqual(['disposed']);
    fails = false;
    await registry.load('model');
    expect(await registry.use('model', (instance) => instance.warm)).toBe(true);
  });

  it.each(['warmup', 'measureBytes', 'describe', 'describeRuntime'] as const)(
    'where %s fails, the load fails with its error though the dispose fails as well',
    async (member) => {
      const cause = new Error(`${member} failed`);
      const model = defineModel({
        load: () => 'model',
        dispose: () => Promise.reject(new Error('dispose failed')),
        [member]: () => {
          throw cause;
        },
      });
      const { registry } = openRegistry({ model });
      const warnings: unknown[] = [];
      registry.on('warning', (warning) => warnings.push(warning));
      expect(await rejection(registry.acquire('model'))).toMatchObject({ code: 'ERR_LOAD_FAILED', cause });
      expect(warnings).toMatchObject([{ name: 'model', cause: { message: 'dispose failed' } }]);
    },
  );
});
