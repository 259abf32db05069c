import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

const BUDGET = { memory: { budgetBytes: 100, waitTimeoutMs: 1_000 } };

/** Names and reasons of what was evicted, in order. */
function evictionsOf(registry: ReturnType<typeof openRegistry>['registry']): string[] {
  const evicted: string[] = [];
  registry.on('evicted', ({ name, reason }) => evicted.push(`${name}: ${reason}`));
  return evicted;
}

describe('never a victim', () => {
  it('15: is a model with leases, whichever way they were had', async () => {
    const run = manualModel({ estimateBytes: 30 });
    const models = {
      ran: fakeModel({ bytes: 50, output: () => new Promise(() => {}) }),
      held: fakeModel({ bytes: 50 }),
    };
    const { registry, clock } = openRegistry({ ...models, run }, BUDGET);
    void registry.run('ran', 1);
    const lease = await registry.acquire('held');
    const refused = watch(registry.run('run', 1));
    await clock.advance(1_000);
    expect(refused.reason).toMatchObject({ code: 'ERR_MEMORY_BUDGET' });
    expect(models.ran.instances[0]?.disposed).toBe(false);
    expect(models.held.instances[0]?.disposed).toBe(false);
    lease.release();
  });

  it('15: is a model that is loading', async () => {
    const models = { loading: manualModel({ estimateBytes: 60 }), other: fakeModel({ bytes: 60 }) };
    const { registry, clock } = openRegistry(models, BUDGET);
    const loading = registry.run('loading', 1);
    await clock.settle();
    const refused = watch(registry.run('other', 1));
    await clock.advance(1_000);
    expect(refused.reason).toMatchObject({ code: 'ERR_MEMORY_BUDGET' });
    loadOf(models.loading).resolve();
    expect(await loading).toBe(1);
  });

  it('15: is a pinned model, however idle and however cheap', async () => {
    const models = {
      pinned: { ...fakeModel({ bytes: 60 }), pinned: true, idleTimeoutMs: 1 },
      other: fakeModel({ bytes: 60 }),
    };
    const { registry, clock } = openRegistry(models, BUDGET);
    await registry.run('pinned', 1);
    await clock.advance(100_000);
    await rejection(registry.run('other', 1));
    expect(registry.status('pinned')).toMatchObject({ state: 'ready', pinned: true });
    expect(await registry.evict('pinned')).toMatchObject({ evicted: true });
  });

  it('15: is a model loaded for a waiter who has not had it yet', async () => {
    const models = { wanted: manualModel({ estimateBytes: 60 }), other: fakeModel({ bytes: 60 }) };
    const { registry, clock } = openRegistry(models, BUDGET);
    const evicted = evictionsOf(registry);
    const seen: number[] = [];
    registry.on('state', ({ name, to }) => {
      // The waiter’s lease is there before anyone hears of the model.
      if (name === 'wanted' && to === 'ready') seen.push(registry.status('wanted').leases);
    });
    const lease = registry.acquire('wanted');
    const other = watch(registry.run('other', 1));
    await clock.settle();
    loadOf(models.wanted).resolve();
    await clock.settle();
    expect(seen).toEqual([1]);
    expect(evicted).toEqual([]);
    (await lease).release();
    await clock.settle();
    expect(other.state).toBe('resolved');
    expect(evicted).toEqual(['wanted: pressure']);
  });

  it('15: is a model that callers queue for', async () => {
    const models = {
      queued: { ...fakeModel({ bytes: 60 }), maxConcurrency: 1 },
      other: fakeModel({ bytes: 60 }),
    };
    const { registry, clock } = openRegistry(models, BUDGET);
    const first = await registry.acquire('queued');
    const second = registry.acquire('queued');
    const other = watch(registry.run('other', 1));
    first.release();
    const third = await second;
    await clock.settle();
    expect(other.state).toBe('pending');
    expect(models.queued.instances).toHaveLength(1);
    third.release();
    await clock.settle();
    expect(other.state).toBe('resolved');
  });

  it('19: a pinned or busy model at the head of the order does not stop the search', async () => {
    const models = {
      pinned: { ...fakeModel({ bytes: 20 }), pinned: true },
      busy: fakeModel({ bytes: 20 }),
      free: fakeModel({ bytes: 60 }),
      next: fakeModel({ bytes: 60 }),
    };
    const { registry, clock } = openRegistry(models, { ...BUDGET, eviction: 'lru' });
    const evicted = evictionsOf(registry);
    await registry.run('pinned', 1);
    await clock.advance(10);
    const lease = await registry.acquire('busy');
    await clock.advance(10);
    await registry.run('free', 1);
    await registry.run('next', 1);
    expect(evicted).toEqual(['free: pressure']);
    lease.release();
  });
});

describe('a victim that is asked for while it drains', () => {
  it('16: is not resurrected: the request waits, then has a new copy', async () => {
    const victim = manualModel({ manualDispose: true, estimateBytes: 60 });
    const models = { victim, other: fakeModel({ bytes: 40 }), big: fakeModel({ bytes: 50 }) };
    const { registry, clock } = openRegistry(models, BUDGET);
    const first = registry.run('victim', 1);
    await clock.settle();
    loadOf(victim).resolve();
    await first;
    const big = watch(registry.run('big', 1));
    await clock.settle();
    expect(registry.status('victim').state).toBe('draining');
    expect(registry.tryAcquire('victim')).toBeUndefined();
    const again = watch(registry.use('victim', (copy) => (copy as { id: number }).id));
    await clock.settle();
    expect([big.state, again.state]).toEqual(['pending', 'pending']);
    victim.disposes[0]?.resolve();
    await clock.settle();
    expect(big.state).toBe('resolved');
    loadOf(victim, 1).resolve();
    await clock.settle();
    expect(again).toEqual({ state: 'resolved', value: 2 });
  });

  it('16: never hangs, though its dispose does', async () => {
    const victim = manualModel({
      manualDispose: true,
      estimateBytes: 30,
      load: async () => ({ id: 1, disposed: 0 }),
    });
    const { registry, clock } = openRegistry({ victim }, BUDGET);
    registry.on('warning', () => {});
    await registry.run('victim', 1);
    const evicting = registry.evict('victim');
    const again = watch(registry.run('victim', 2));
    await clock.advance(30_000);
    await evicting;
    expect(again).toEqual({ state: 'resolved', value: 2 });
  });
});

describe('one queue of waiters for one cold model', () => {
  it('17: costs one round of evictions', async () => {
    const models = {
      a: fakeModel({ bytes: 30 }),
      b: fakeModel({ bytes: 30 }),
      c: fakeModel({ bytes: 30 }),
      cold: fakeModel({ bytes: 40, loadMs: 10 }),
    };
    const { registry, clock } = openRegistry(models, { ...BUDGET, eviction: 'lru' });
    const evicted = evictionsOf(registry);
    for (const name of ['a', 'b', 'c'] as const) {
      await registry.run(name, 1);
      await clock.advance(1);
    }
    const waiters = Array.from({ length: 50 }, (_, index) => registry.run('cold', index));
    await clock.advance(10);
    expect(await Promise.all(waiters)).toHaveLength(50);
    expect(evicted).toEqual(['a: pressure']);
    expect(models.cold.loadsStarted).toBe(1);
  });

  it('17: costs no other model its place where the waiter leaves before the round', async () => {
    const models = { loaded: fakeModel({ bytes: 80 }), cold: fakeModel({ bytes: 80 }) };
    const { registry, clock } = openRegistry(models, BUDGET);
    const evicted = evictionsOf(registry);
    const lease = await registry.acquire('loaded');
    const left = rejection(registry.run('cold', 1, { timeoutMs: 10 }));
    await clock.advance(10);
    await left;
    lease.release();
    await clock.advance(10_000);
    expect(evicted).toEqual([]);
    expect(models.cold.loadsStarted).toBe(0);
  });
});
