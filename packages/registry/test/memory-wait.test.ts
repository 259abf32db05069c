import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

const BUDGET = { memory: { budgetBytes: 100, waitTimeoutMs: 1_000 } };

describe('a load that finds no room', () => {
  it('11: evicts nobody where that would not help, and waits', async () => {
    const models = {
      used: fakeModel({ bytes: 60 }),
      idle: fakeModel({ bytes: 30 }),
      big: fakeModel({ bytes: 80 }),
    };
    const { registry, clock } = openRegistry(models, BUDGET);
    const lease = await registry.acquire('used');
    await registry.run('idle', 1);
    const big = watch(registry.run('big', 1));
    await clock.advance(10);
    expect(big.state).toBe('pending');
    expect(registry.status('idle').state).toBe('ready');
    expect(registry.status('big').state).toBe('queued');
    lease.release();
    await clock.settle();
    expect(big).toEqual({ state: 'resolved', value: 1 });
  });

  it('11: is refused at the limit, and leaves no failure behind', async () => {
    const models = { used: fakeModel({ bytes: 60 }), other: fakeModel({ bytes: 50 }) };
    const { registry, clock } = openRegistry(models, BUDGET);
    const lease = await registry.acquire('used');
    const refused = rejection<Error>(registry.run('other', 1));
    await clock.advance(1_000);
    const error = await refused;
    expect(error).toMatchObject({ code: 'ERR_MEMORY_BUDGET', modelName: 'other', retryAfterMs: 1_000 });
    expect(error.message).toMatch(/needs 50 bytes.*40 of 100/);
    expect(registry.status('other')).toMatchObject({ state: 'idle', loadFailures: 0 });
    expect(registry.status('other').error).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
    lease.release();
    expect(await registry.run('other', 1)).toBe(1);
  });

  it('11: is refused at once where no wait would help: the rest is pinned', async () => {
    const models = { pinned: { ...fakeModel({ bytes: 60 }), pinned: true }, other: fakeModel({ bytes: 50 }) };
    const { registry } = openRegistry(models, BUDGET);
    await registry.run('pinned', 1);
    expect(await rejection(registry.run('other', 1))).toMatchObject({ code: 'ERR_MEMORY_BUDGET' });
    expect(registry.status('pinned').state).toBe('ready');
  });

  it('11: is served in the order of arrival', async () => {
    const models = {
      used: fakeModel({ bytes: 100 }),
      first: fakeModel({ bytes: 60 }),
      second: fakeModel({ bytes: 60 }),
    };
    const { registry, clock } = openRegistry(models, BUDGET);
    const lease = await registry.acquire('used');
    const first = watch(registry.acquire('first'));
    const second = watch(registry.run('second', 2));
    await clock.settle();
    lease.release();
    await clock.settle();
    expect([first.state, second.state]).toEqual(['resolved', 'pending']);
    first.value?.release();
    await clock.settle();
    expect(second).toEqual({ state: 'resolved', value: 2 });
  });

  it('11: is passed by smaller ones for half its wait, and by none after that', async () => {
    const models = {
      used: fakeModel({ bytes: 60 }),
      big: fakeModel({ bytes: 80 }),
      early: fakeModel({ bytes: 10 }),
      late: fakeModel({ bytes: 10 }),
    };
    const { registry, clock } = openRegistry(models, BUDGET);
    const lease = await registry.acquire('used');
    const big = watch(registry.run('big', 1));
    await clock.advance(499);
    expect(await registry.run('early', 1)).toBe(1);
    await clock.advance(1);
    const late = watch(registry.run('late', 1));
    await clock.settle();
    expect(late.state).toBe('pending');
    lease.release();
    await clock.settle();
    expect([big.state, late.state]).toEqual(['resolved', 'resolved']);
  });

  it('11: its wait is not begun anew by others that load meanwhile', async () => {
    const models = {
      used: fakeModel({ bytes: 60 }),
      big: fakeModel({ bytes: 80 }),
      small: manualModel({ estimateBytes: 10 }),
    };
    const { registry, clock } = openRegistry(models, { ...BUDGET, load: { concurrency: 1 } });
    const lease = await registry.acquire('used');
    const big = watch(registry.run('big', 1));
    await clock.advance(400);
    const small = registry.run('small', 1);
    await clock.settle();
    // All slots are taken and given back while the large one waits.
    await registry.run('used', 1);
    loadOf(models.small).resolve();
    await small;
    await clock.advance(599);
    expect(big.state).toBe('pending');
    await clock.advance(1);
    expect(big.reason).toMatchObject({ code: 'ERR_MEMORY_BUDGET' });
    lease.release();
  });

  it('11: is not refused while its room is on its way', async () => {
    const models = { used: fakeModel({ bytes: 60, disposeMs: 500 }), big: fakeModel({ bytes: 80 }) };
    const { registry, clock } = openRegistry(models, BUDGET);
    const lease = await registry.acquire('used');
    const big = watch(registry.run('big', 1));
    await clock.advance(900);
    lease.release();
    await clock.advance(499);
    expect(big.state).toBe('pending');
    await clock.advance(1);
    expect(big).toEqual({ state: 'resolved', value: 1 });
  });

  it('11: has its room as soon as a model that was loaded ahead could go', async () => {
    const models = { ahead: manualModel({ estimateBytes: 60 }), other: fakeModel({ bytes: 60 }) };
    const { registry, clock } = openRegistry(models, BUDGET);
    const loading = registry.load('ahead');
    const other = watch(registry.run('other', 1));
    await clock.settle();
    expect(other.state).toBe('pending');
    loadOf(models.ahead).resolve();
    await loading;
    await clock.settle();
    expect(other).toEqual({ state: 'resolved', value: 1 });
  });

  it('11: does not count on a replaced copy that is still in use', async () => {
    const models = { swapped: fakeModel({ bytes: 40 }), other: fakeModel({ bytes: 40 }) };
    const { registry, clock } = openRegistry(models, BUDGET);
    const old = await registry.acquire('swapped');
    await registry.reload('swapped');
    const fresh = await registry.acquire('swapped');
    const refused = watch(registry.run('other', 1));
    await clock.advance(1_000);
    expect(refused.reason).toMatchObject({ code: 'ERR_MEMORY_BUDGET' });
    const served = watch(registry.run('other', 2));
    await clock.settle();
    old.release();
    await clock.settle();
    expect(served).toEqual({ state: 'resolved', value: 2 });
    fresh.release();
  });

  it('is refused at once where it is only a preload', async () => {
    const models = { used: fakeModel({ bytes: 60 }), other: fakeModel({ bytes: 60 }) };
    const { registry } = openRegistry(models, BUDGET);
    const lease = await registry.acquire('used');
    const { failed } = await registry.preload(['other']);
    expect(failed).toMatchObject([{ name: 'other', error: { code: 'ERR_MEMORY_BUDGET' } }]);
    lease.release();
  });
});

describe('a victim', () => {
  it('12: is not taken for a load that fails before its bytes are needed', async () => {
    const noFile = { ...fakeModel(), estimateBytes: () => Promise.reject(new Error('no such file')) };
    const models = { loaded: fakeModel({ bytes: 100 }), noFile };
    const { registry } = openRegistry(models, BUDGET);
    await registry.run('loaded', 1);
    expect(await rejection(registry.run('noFile', 1))).toMatchObject({ code: 'ERR_LOAD_FAILED' });
    expect(registry.status('loaded')).toMatchObject({ state: 'ready', evictions: 0 });
  });

  it('12: is not taken before the load that needs it has its slot', async () => {
    const models = {
      loaded: fakeModel({ bytes: 80 }),
      slow: manualModel({ estimateBytes: 10 }),
      next: fakeModel({ bytes: 80 }),
    };
    const { registry, clock } = openRegistry(models, { ...BUDGET, load: { concurrency: 1 } });
    await registry.run('loaded', 1);
    const slow = registry.run('slow', 1);
    const next = watch(registry.run('next', 1));
    await clock.settle();
    expect(registry.status('loaded').state).toBe('ready');
    loadOf(models.slow).resolve();
    await slow;
    await clock.settle();
    expect(next.state).toBe('resolved');
    expect(registry.status('loaded').state).toBe('idle');
  });
});
