import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, type ManualModel, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

/** Four models that load one at a time; `finish` ends the load that is under way and tells which model is next. */
function openOneSlot() {
  const models = { a: manualModel(), b: manualModel(), c: manualModel(), d: manualModel() };
  const opened = openRegistry(models, { load: { concurrency: 1 } });
  const underWay = () =>
    Object.entries(models).find(([, model]) => model.loads.length > model.instances.length)?.[0];
  const finish = async () => {
    const name = underWay() as keyof typeof models;
    loadOf(models[name] as ManualModel).resolve();
    await opened.clock.settle();
    return underWay();
  };
  return { ...opened, models, underWay, finish };
}

describe('the order of loads', () => {
  it('is first come, first served among equals', async () => {
    const { registry, clock, finish, underWay } = openOneSlot();
    const calls = Promise.all([
      registry.load('c'),
      registry.load('a'),
      registry.load('d'),
      registry.load('b'),
    ]);
    await clock.settle();
    expect([underWay(), await finish(), await finish(), await finish(), await finish()]).toEqual([
      'c',
      'a',
      'd',
      'b',
      undefined,
    ]);
    await calls;
  });

  it('8: a live request overtakes queued preloads', async () => {
    const { registry, clock, finish, underWay } = openOneSlot();
    const preloading = registry.preload(['a', 'b', 'c']);
    await clock.settle();
    const live = registry.run('d', 1);
    await clock.settle();
    expect(underWay()).toBe('a');
    expect(await finish()).toBe('d');
    expect(await finish()).toBe('b');
    expect(await live).toBe(1);
    expect(await finish()).toBe('c');
    await finish();
    expect((await preloading).loaded).toEqual(['a', 'b', 'c']);
  });

  it('8: a preload that a live request joins is upgraded', async () => {
    const { registry, clock, finish } = openOneSlot();
    const preloading = registry.preload(['a', 'b', 'c']);
    await clock.settle();
    const live = registry.run('c', 1);
    await clock.settle();
    expect(await finish()).toBe('c');
    expect(await finish()).toBe('b');
    expect(await live).toBe(1);
    await finish();
    await preloading;
  });

  it('8: a preload whose live request has left goes back to its place', async () => {
    const { registry, clock, finish } = openOneSlot();
    const preloading = registry.preload(['a', 'b', 'c']);
    await clock.settle();
    const left = rejection(registry.run('c', 1, { timeoutMs: 5 }));
    await clock.advance(5);
    await left;
    expect(await finish()).toBe('b');
    expect(await finish()).toBe('c');
    await finish();
    expect((await preloading).loaded).toHaveLength(3);
  });

  it('8: a request of background priority waits behind every live one, like a preload', async () => {
    const { registry, clock, finish, underWay } = openOneSlot();
    const calls = [
      registry.load('a'),
      registry.acquire('b', { priority: 'background' }),
      registry.load('c', { priority: 'background' }),
      registry.run('d', 1, { priority: 'live' }),
    ];
    await clock.settle();
    expect([underWay(), await finish(), await finish(), await finish()]).toEqual(['a', 'd', 'b', 'c']);
    await finish();
    await Promise.all(calls);
  });

  it('8: a live request for what a preload is loading joins it', async () => {
    const { registry, clock, models, finish } = openOneSlot();
    const preloading = registry.preload(['a']);
    await clock.settle();
    const live = registry.use('a', ({ id }) => id);
    await finish();
    expect(await live).toBe(1);
    expect(models.a.loads).toHaveLength(1);
    await preloading;
  });

  it('8: a preload for which there is no room is refused, and a live request in its place waits for it', async () => {
    const models = { big: fakeModel({ bytes: 10 }), other: fakeModel({ bytes: 10 }) };
    const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 10 } });
    const lease = await registry.acquire('big');
    const report = await registry.preload(['other']);
    expect(report.failed).toMatchObject([{ name: 'other', error: { code: 'ERR_MEMORY_BUDGET' } }]);
    expect(registry.status('other')).toMatchObject({ state: 'idle', loadFailures: 0 });
    const live = watch(registry.run('other', 1));
    await clock.settle();
    expect(live.state).toBe('pending');
    lease.release();
    await clock.settle();
    expect(live.value).toBe(1);
  });
});
