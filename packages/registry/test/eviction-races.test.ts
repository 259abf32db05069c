import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

/** Runs `act` the first time that the model goes to that state, in the midst of what makes it go there. */
function once(
  registry: ReturnType<typeof openRegistry>['registry'],
  name: string,
  to: string,
  act: () => void,
) {
  let done = false;
  registry.on('state', (event) => {
    if (done || event.name !== name || event.to !== to) return;
    done = true;
    act();
  });
}

describe('a listener that hears of an eviction', () => {
  it('15: may take a lease on the next victim, which then stays', async () => {
    const models = {
      a: fakeModel({ bytes: 50 }),
      b: fakeModel({ bytes: 50 }),
      big: fakeModel({ bytes: 100 }),
    };
    const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 100 }, eviction: 'lru' });
    await registry.run('a', 1);
    await clock.advance(1);
    await registry.run('b', 1);
    const leases: ReturnType<typeof registry.tryAcquire>[] = [];
    once(registry, 'a', 'draining', () => leases.push(registry.tryAcquire('b')));
    const big = watch(registry.run('big', 1));
    await clock.settle();
    expect(leases).toHaveLength(1);
    expect(models.b.instances[0]?.disposed).toBe(false);
    expect(big.state).toBe('pending');
    leases[0]?.release();
    await clock.settle();
    expect(big).toEqual({ state: 'resolved', value: 1 });
  });

  it('7: may end the wait of a load that was to start next: no slot and no byte is lost', async () => {
    const models = {
      victim: fakeModel({ bytes: 80 }),
      big: fakeModel({ bytes: 90 }),
      empty: fakeModel({ bytes: 0 }),
      last: fakeModel({ bytes: 100 }),
    };
    const { registry, clock } = openRegistry(models, {
      memory: { budgetBytes: 100 },
      load: { concurrency: 1 },
    });
    const lease = await registry.acquire('victim');
    const caller = new AbortController();
    // Both wait for the one slot that this load has.
    const slot = manualModel({ estimateBytes: 10 });
    registry.register('slot', slot);
    const slow = registry.run('slot' as 'victim', 1);
    await clock.settle();
    const big = watch(registry.run('big', 1));
    const empty = rejection(registry.run('empty', 1, { signal: caller.signal }));
    await clock.settle();
    lease.release();
    once(registry, 'victim', 'draining', () => caller.abort(new Error('changed my mind')));
    loadOf(slot).resolve();
    await slow;
    await clock.settle();
    expect(await empty).toMatchObject({ message: 'changed my mind' });
    expect(big).toEqual({ state: 'resolved', value: 1 });
    expect(await registry.run('last', 1)).toBe(1);
    expect(registry.snapshot().memory).toMatchObject({ usedBytes: 100, reservedBytes: 0 });
  });

  it('24: may replace the definition of the victim: its copy goes once, and the new definition is loaded next', async () => {
    const old = fakeModel({ bytes: 60, output: 'old' });
    const models = { model: { ...old, idleTimeoutMs: 0 } };
    const { registry, clock } = openRegistry(models);
    const fresh = fakeModel({ bytes: 60, output: 'new' });
    once(registry, 'model', 'draining', () => registry.register('model', fresh, { replace: true }));
    expect(await registry.run('model', 1)).toBe('old');
    await clock.settle();
    expect(registry.status('model')).toMatchObject({ state: 'idle', evictions: 1, loadFailures: 0 });
    expect(await registry.run('model', 1)).toBe('new');
  });

  it('16: may ask for the victim: it is loaded anew', async () => {
    const model = fakeModel({ bytes: 60 });
    const { registry, clock } = openRegistry({ model });
    await registry.run('model', 1);
    const answers: unknown[] = [];
    once(
      registry,
      'model',
      'draining',
      () => void registry.run('model', 2).then((answer) => answers.push(answer)),
    );
    await registry.evict('model');
    await clock.settle();
    expect(answers).toEqual([2]);
    expect(model.instances.map(({ disposed }) => disposed)).toEqual([true, false]);
  });
});

describe('25: an eviction', () => {
  it('asked for the moment a load ends, and a request the moment that eviction begins, end both', async () => {
    const model = fakeModel({ disposeMs: 10 });
    const { registry, clock } = openRegistry({ model });
    const outcomes: unknown[] = [];
    const note = (promise: Promise<unknown>) => void promise.then((outcome) => outcomes.push(outcome));
    once(registry, 'model', 'ready', () => note(registry.evict('model')));
    once(registry, 'model', 'draining', () => note(registry.run('model', 'again')));
    await registry.load('model');
    await clock.advance(10);
    expect(outcomes).toEqual([{ evicted: true, freedBytes: 0, waitedMs: 10 }, 'again']);
  });

  it('that gave up waiting for a load leaves the model free to go when it is needed', async () => {
    const models = { a: manualModel({ estimateBytes: 60 }), b: fakeModel({ bytes: 60 }) };
    const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 100 } });
    const loading = registry.load('a');
    const evicting = registry.evict('a', { timeoutMs: 0 });
    await clock.advance(0);
    expect(await evicting).toMatchObject({ evicted: false });
    const b = watch(registry.run('b', 1));
    await clock.settle();
    loadOf(models.a).resolve();
    await loading;
    await clock.settle();
    expect(b).toEqual({ state: 'resolved', value: 1 });
  });

  it('by unregister waits for a loader that goes on; past its limit the model stays registered', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const refused = rejection(registry.run('model', 1));
    await clock.settle();
    const unregistering = rejection(registry.unregister('model', { timeoutMs: 50 }));
    await clock.advance(50);
    expect(await refused).toMatchObject({ code: 'ERR_MODEL_NOT_FOUND' });
    expect(await unregistering).toMatchObject({ code: 'ERR_TIMEOUT' });
    const again = registry.run('model', 2);
    await clock.settle();
    expect(model.loads).toHaveLength(1);
    loadOf(model).resolve();
    await clock.settle();
    loadOf(model, 1).resolve();
    expect(await again).toBe(2);
    expect(model.instances.map(({ disposed }) => disposed)).toEqual([1, 0]);
  });
});

describe('24: swaps one after the other', () => {
  it('never make a third copy: the next one waits until the last old copy is gone', async () => {
    const model = fakeModel({ bytes: 10 });
    const { registry, clock } = openRegistry({ model });
    const lease = await registry.acquire('model');
    await registry.reload('model');
    const reloading = watch(registry.reload('model'));
    await clock.advance(1_000);
    expect(reloading.state).toBe('pending');
    expect(model.instances).toHaveLength(2);
    expect(await registry.run('model', 1)).toBe(1);
    lease.release();
    await clock.settle();
    expect(reloading.state).toBe('resolved');
    expect(model.instances.map(({ disposed }) => disposed)).toEqual([true, true, false]);
  });

  it('a reload after a replacement loads the new definition, not the old one again', async () => {
    const { registry, clock } = openRegistry({ model: fakeModel({ output: 'old' }) });
    await registry.run('model', 1);
    registry.register('model', fakeModel({ output: 'new' }), { replace: true });
    await registry.reload('model');
    await clock.settle();
    expect(await registry.run('model', 1)).toBe('new');
  });
});
