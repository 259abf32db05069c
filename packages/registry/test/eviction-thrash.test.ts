import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { openRegistry } from './support/open.js';
import { watch } from './support/promises.js';

/** Two models that take 100 ms to load, of which only one fits. */
function open(loadMs = 100) {
  const models = { a: fakeModel({ bytes: 60, loadMs }), b: fakeModel({ bytes: 60, loadMs }) };
  const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 100 } });
  const load = async (name: 'a' | 'b') => {
    const loading = registry.run(name, 1);
    await clock.advance(loadMs);
    await loading;
  };
  return { registry, clock, models, load };
}

describe('21: two models that take each other’s place', () => {
  it('are grouped: what was just brought back stays for as long as its load took', async () => {
    const { registry, clock, models, load } = open();
    await load('a');
    await load('b');
    // Its place was taken just now: from here on they thrash.
    await load('a');
    const b = watch(registry.run('b', 1));
    await clock.advance(50);
    expect(b.state).toBe('pending');
    expect(await registry.run('a', 2)).toBe(2);
    expect(await registry.run('a', 3)).toBe(3);
    expect(models.a.instances[1]?.disposed).toBe(false);
    await clock.advance(49);
    expect(registry.status('a').state).toBe('ready');
    await clock.advance(1);
    expect(registry.status('a').state).toBe('idle');
    await clock.advance(100);
    expect(b).toEqual({ state: 'resolved', value: 1 });
    expect([models.a.loadsStarted, models.b.loadsStarted]).toEqual([2, 2]);
  });

  it('100 requests that alternate cost a few loads, not a hundred', async () => {
    const { registry, clock, models, load } = open();
    await load('a');
    await load('b');
    const requests = Array.from({ length: 100 }, (_, index) =>
      registry.run(index % 2 === 0 ? 'a' : 'b', index),
    );
    await clock.advance(2_000);
    expect(await Promise.all(requests)).toHaveLength(100);
    expect(models.a.loadsStarted + models.b.loadsStarted).toBeLessThanOrEqual(4);
  });

  it('wait no longer than a second for one another, however slow they load', async () => {
    const { registry, clock, load } = open(5_000);
    await load('a');
    await load('b');
    await load('a');
    void registry.run('b', 1);
    await clock.advance(999);
    expect(registry.status('a').state).toBe('ready');
    await clock.advance(1);
    expect(registry.status('a').state).toBe('idle');
    await clock.advance(5_000);
  });

  it('do not wait where their requests are far apart', async () => {
    const { registry, clock, load } = open();
    await load('a');
    await load('b');
    await clock.advance(1_000);
    await load('a');
    const b = watch(registry.run('b', 1));
    await clock.settle();
    expect(registry.status('a').state).toBe('idle');
    await clock.advance(100);
    expect(b.state).toBe('resolved');
  });

  it('leave no timer behind when whoever waited has left', async () => {
    const { registry, clock, load } = open();
    await load('a');
    await load('b');
    await load('a');
    const left = watch(registry.run('b', 1, { timeoutMs: 10 }));
    await clock.advance(10);
    expect(left.state).toBe('rejected');
    await registry.close();
    expect(clock.pendingTimers).toBe(0);
  });
});
