import { FakeClock, fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { DecisionLog } from '../src/explain.js';
import { openRegistry } from './support/open.js';
import { rejection } from './support/promises.js';

describe('explain', () => {
  it('says that nothing has asked for a model yet, and loads nothing', () => {
    const model = fakeModel();
    const { registry } = openRegistry({ model });
    expect(registry.explain('model')).toMatchObject({
      name: 'model',
      state: 'idle',
      summary: 'model is idle: nothing has asked for it yet',
      decisions: [],
      ledger: [],
    });
    expect(model.loadsStarted).toBe(0);
  });

  it('tells of an admission, its load and its eviction for another model, with the numbers', async () => {
    const models = { a: fakeModel({ bytes: 60, loadMs: 5 }), b: fakeModel({ bytes: 60 }) };
    const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 100 } });
    const running = registry.run('a', 1);
    await clock.advance(5);
    await running;
    await clock.advance(20);
    await registry.run('b', 1);
    const { state, summary, decisions } = registry.explain('a');
    expect(state).toBe('idle');
    expect(summary).toBe('a is idle: evicted to make room for b');
    expect(decisions).toEqual([
      {
        at: 0,
        kind: 'admitted',
        reason: '60 bytes were reserved for it',
        numbers: { needBytes: 60, freeBytes: 100, usedBytes: 0, reservedBytes: 0, budgetBytes: 100 },
      },
      {
        at: 5,
        kind: 'loaded',
        reason: 'loaded in 5 ms, 60 bytes (runtime)',
        numbers: { loadMs: 5, queuedMs: 0, bytes: 60 },
      },
      {
        at: 25,
        kind: 'evicted',
        reason: 'evicted to make room for b',
        numbers: { bytes: 60, needBytes: 20, freeBytes: 40, idleMs: 20, uses: 1, loadMs: 5 },
      },
    ]);
  });

  it('tells why a load was blocked and then refused', async () => {
    const models = { pinned: { ...fakeModel({ bytes: 60 }) }, other: fakeModel({ bytes: 60 }) };
    const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 100, waitTimeoutMs: 200 } });
    const lease = await registry.acquire('pinned');
    const refused = rejection(registry.run('other', 1));
    await clock.advance(200);
    await refused;
    const { summary, decisions } = registry.explain('other');
    expect(decisions.map(({ at, kind }) => ({ at, kind }))).toEqual([
      { at: 0, kind: 'blocked' },
      { at: 200, kind: 'refused' },
    ]);
    expect(summary).toBe('other is idle: no room could be made');
    lease.release();
  });

  it('tells of a failure, a cancellation, a swap and a copy that was kept', async () => {
    const failing = fakeModel({ failures: 1, loadMs: 10 });
    const { registry, clock } = openRegistry({ failing }, { load: { cooldownMs: 0 } });
    const failed = rejection(registry.run('failing', 1));
    await clock.advance(10);
    await failed;
    const left = rejection(registry.run('failing', 1, { timeoutMs: 5 }));
    await clock.advance(5);
    await left;
    const loading = registry.load('failing');
    await clock.advance(10);
    await loading;
    const reloading = registry.reload('failing');
    await clock.advance(10);
    await reloading;
    registry.register('failing', fakeModel({ failures: 1 }), { replace: true });
    await clock.settle();
    const kinds = registry.explain('failing').decisions.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind !== 'admitted')).toEqual([
      'failed',
      'cancelled',
      'loaded',
      'swapped',
      'kept',
    ]);
  });

  it('forgets a model that was unregistered', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    await registry.run('model', 1);
    await registry.unregister('model');
    registry.register('model', fakeModel());
    expect(registry.explain('model').decisions).toEqual([]);
  });
});

describe('the decision log', () => {
  it('keeps the last 16 of each model', () => {
    const log = new DecisionLog(new FakeClock());
    for (let index = 1; index <= 20; index += 1) log.add('model', 'failed', `try ${index}`);
    log.add('other', 'failed', 'once');
    const { decisions } = log.explain('model', 'failed');
    expect(decisions).toHaveLength(16);
    expect(decisions[0]?.reason).toBe('try 5');
    expect(decisions.at(-1)?.reason).toBe('try 20');
    expect(log.explain('other', 'idle').decisions).toHaveLength(1);
  });

  it('hands out a copy that later decisions do not change', () => {
    const log = new DecisionLog(new FakeClock());
    log.add('model', 'failed', 'first');
    const before = log.explain('model', 'failed');
    log.add('model', 'failed', 'second');
    expect(before.decisions).toHaveLength(1);
  });
});
