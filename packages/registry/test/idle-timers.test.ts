import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection } from './support/promises.js';

const NEVER = Number.POSITIVE_INFINITY;

/** A model under an idle time-out, and its state. */
function open(idleTimeoutMs: number | undefined, members: object = {}) {
  const model = { ...fakeModel({ bytes: 10 }), ...members };
  const { registry, clock } = openRegistry({ model }, idleTimeoutMs === undefined ? {} : { idleTimeoutMs });
  const reasons: string[] = [];
  registry.on('evicted', ({ reason }) => reasons.push(reason));
  return { registry, clock, reasons, state: () => registry.status('model').state };
}

describe('22: the idle time-out', () => {
  it('evicts a model that nobody has used for that long, and not a moment before', async () => {
    const { registry, clock, reasons, state } = open(100);
    await registry.run('model', 1);
    expect(registry.status('model').expiresAt).toBe(100);
    await clock.advance(99);
    expect(state()).toBe('ready');
    await clock.advance(1);
    expect(state()).toBe('idle');
    expect(reasons).toEqual(['idle']);
    expect(registry.explain('model').summary).toBe('model is idle: evicted after 100 ms without use');
    expect(clock.pendingTimers).toBe(0);
  });

  it('runs from the last use', async () => {
    const { registry, clock, state } = open(100);
    await registry.run('model', 1);
    await clock.advance(60);
    await registry.run('model', 2);
    await clock.advance(99);
    expect(state()).toBe('ready');
    await clock.advance(1);
    expect(state()).toBe('idle');
  });

  it('is never by default, and where it is Infinity', async () => {
    for (const idleTimeoutMs of [undefined, NEVER]) {
      const { registry, clock, state } = open(idleTimeoutMs);
      await registry.run('model', 1);
      await clock.advance(10 ** 9);
      expect(state()).toBe('ready');
      expect(registry.status('model').expiresAt).toBeUndefined();
    }
  });

  it('of 0 evicts on the last release, not before', async () => {
    const { registry, clock, state } = open(0);
    const first = await registry.acquire('model');
    const second = await registry.acquire('model');
    first.release();
    await clock.settle();
    expect(state()).toBe('ready');
    second.release();
    await clock.settle();
    expect(state()).toBe('idle');
  });

  it('of 0 keeps what was loaded ahead until its first use', async () => {
    const { registry, clock, state } = open(0);
    await registry.load('model');
    await clock.advance(1_000);
    expect(state()).toBe('ready');
    expect(registry.status('model').expiresAt).toBeUndefined();
    await registry.run('model', 1);
    await clock.settle();
    expect(state()).toBe('idle');
  });

  it('runs for a model that was loaded ahead and never used', async () => {
    const { registry, clock, state } = open(100);
    await registry.load('model');
    await clock.advance(100);
    expect(state()).toBe('idle');
  });

  it('of a model goes before the registry’s, that of a call before the model’s', async () => {
    const own = open(1_000, { idleTimeoutMs: 50 });
    await own.registry.run('model', 1);
    expect(own.registry.status('model').expiresAt).toBe(50);
    await own.registry.run('model', 1, { keepAliveMs: 10 });
    expect(own.registry.status('model').expiresAt).toBe(10);
    await own.clock.advance(10);
    expect(own.state()).toBe('idle');
  });

  it('of a call holds until the next use, which brings back the model’s own', async () => {
    const { registry, clock, state } = open(100);
    await registry.run('model', 1, { keepAliveMs: NEVER });
    await clock.advance(10_000);
    expect(state()).toBe('ready');
    await registry.run('model', 1);
    expect(registry.status('model').expiresAt).toBe(10_100);
    await clock.advance(100);
    expect(state()).toBe('idle');
  });

  it('of a call may be longer than the one that runs, and shorter', async () => {
    const { registry, clock, state } = open(100);
    await registry.run('model', 1);
    await registry.run('model', 1, { keepAliveMs: 500 });
    await clock.advance(499);
    expect(state()).toBe('ready');
    await registry.run('model', 1, { keepAliveMs: 20 });
    await clock.advance(19);
    expect(state()).toBe('ready');
    await clock.advance(1);
    expect(state()).toBe('idle');
  });

  it('does not run while leases are held', async () => {
    const { registry, clock, state } = open(100);
    await registry.run('model', 1);
    await clock.advance(50);
    const lease = await registry.acquire('model');
    expect(registry.status('model').expiresAt).toBeUndefined();
    await clock.advance(1_000);
    expect(state()).toBe('ready');
    lease.release();
    await clock.advance(99);
    expect(state()).toBe('ready');
    await clock.advance(1);
    expect(state()).toBe('idle');
  });

  it('18: last use is stamped on release, so a long run is not idle the moment it ends', async () => {
    const { registry, clock, state } = open(100);
    const lease = await registry.acquire('model');
    await clock.advance(10_000);
    lease.release();
    expect(registry.status('model').lastUsedAt).toBe(10_000);
    expect(state()).toBe('ready');
    await clock.advance(100);
    expect(state()).toBe('idle');
  });

  it('does not run while a load is on', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model }, { idleTimeoutMs: 100 });
    const running = registry.run('model', 1);
    await clock.advance(10_000);
    loadOf(model).resolve();
    expect(await running).toBe(1);
    await clock.advance(99);
    expect(registry.status('model').state).toBe('ready');
  });

  it('is reset by no reading of a status', async () => {
    const { registry, clock, state } = open(100);
    await registry.run('model', 1);
    for (let look = 0; look < 10; look += 1) {
      await clock.advance(10);
      registry.snapshot();
      registry.explain('model');
      registry.isHealthy();
    }
    expect(state()).toBe('idle');
  });

  it('that ends during a reload evicts the old copy where the reload fails', async () => {
    const model = manualModel({ idleTimeoutMs: 100 });
    const { registry, clock } = openRegistry({ model });
    const loading = registry.load('model');
    await clock.settle();
    loadOf(model).resolve();
    await loading;
    const failed = rejection(registry.reload('model'));
    await clock.advance(200);
    expect(registry.status('model').state).toBe('ready');
    loadOf(model, 1).reject(new Error('damaged'));
    await failed;
    await clock.advance(0);
    expect(registry.status('model').state).toBe('idle');
  });

  it('of 0 that ends during a reload evicts the old copy where the reload fails', async () => {
    const model = manualModel({ idleTimeoutMs: 0 });
    const { registry, clock } = openRegistry({ model });
    const acquiring = registry.acquire('model');
    await clock.settle();
    loadOf(model).resolve();
    const lease = await acquiring;
    const failed = rejection(registry.reload('model'));
    await clock.settle();
    lease.release();
    loadOf(model, 1).reject(new Error('damaged'));
    await failed;
    await clock.settle();
    expect(registry.status('model').state).toBe('idle');
  });

  it('does not run while a replaced copy is in use, and then from the end of that use', async () => {
    const { registry, clock, state } = open(100);
    const lease = await registry.acquire('model');
    await registry.reload('model');
    expect(registry.status('model').expiresAt).toBeUndefined();
    await clock.advance(1_000);
    expect(state()).toBe('ready');
    lease.release();
    expect(registry.status('model').expiresAt).toBe(1_100);
    await clock.advance(100);
    expect(state()).toBe('idle');
  });
});
