import { getEventListeners } from 'node:events';
import { WarmsetError } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection, watch } from './support/promises.js';

describe('what a failed model leaves', () => {
  it.each([
    ['its loader', fakeModel({ failures: 99, bytes: 10 })],
    ['its estimate', manualModel({ estimateBytes: () => Number.NaN })],
    ['its size', fakeModel({ bytes: 1000 })],
    [
      'its warm-up',
      manualModel({ load: () => ({ id: 1, disposed: 0 }), warmup: () => Promise.reject('cold') }),
    ],
  ])('7: a model that fails for %s leaves no reservation, slot, timer or listener', async (_what, model) => {
    const other = fakeModel({ bytes: 100 });
    const { registry, clock } = openRegistry(
      { model, other },
      { load: { concurrency: 1 }, memory: { budgetBytes: 100 } },
    );
    const { signal } = new AbortController();
    for (let tries = 0; tries < 5; tries += 1) {
      await rejection(registry.load('model', { signal, timeoutMs: 1000 }));
    }
    expect(registry.snapshot()).toMatchObject({
      memory: { usedBytes: 0, reservedBytes: 0 },
      loads: { active: 0, queued: 0 },
      hosts: [],
    });
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect((await registry.load('other')).state).toBe('ready');
  });

  it('7: models that fail over and over do not slow or stop the others', async () => {
    const bad = fakeModel({ failures: Number.POSITIVE_INFINITY, loadMs: 5 });
    const good = fakeModel({ loadMs: 5 });
    const { registry, clock } = openRegistry({ bad, good }, { load: { concurrency: 1, cooldownMs: 0 } });
    const calls = Array.from({ length: 20 }, (_, index) =>
      watch(index % 2 === 0 ? registry.run('bad', index) : registry.run('good', index)),
    );
    await clock.advance(10);
    expect(calls.filter(({ state }) => state === 'resolved')).toHaveLength(10);
    expect(calls.filter(({ state }) => state === 'rejected')).toHaveLength(10);
  });

  it('7: an estimate that is not a number of bytes fails the load and says what came', async () => {
    for (const bad of [Number.NaN, -1, Number.POSITIVE_INFINITY, '10' as unknown as number]) {
      const { registry } = openRegistry({ model: manualModel({ estimateBytes: () => bad }) });
      const error = await rejection<WarmsetError>(registry.load('model'));
      expect(error).toBeInstanceOf(WarmsetError);
      expect(error.message).toContain('estimateBytes');
      expect(error.message).toContain(String(bad));
    }
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])(
    'a runtime that measures %d bytes is not believed',
    async (bad) => {
      const { registry } = openRegistry({ model: fakeModel({ bytes: 7, measuredBytes: bad }) });
      expect((await registry.load('model')).memory).toMatchObject({ bytes: 7, source: 'estimate' });
    },
  );

  it('7: a memory probe that throws fails nothing that can go on without it', async () => {
    const model = manualModel();
    let broken = false;
    const read = () => {
      if (broken) throw new Error('EMFILE');
      return 1000;
    };
    const probe = { rssBytes: read, limitBytes: read, availableBytes: read };
    const { registry, clock } = openRegistry({ model }, { memory: { probe } });
    const warnings: unknown[] = [];
    registry.on('warning', (warning) => warnings.push(warning));
    const loading = registry.load('model');
    await clock.settle();
    broken = true;
    loadOf(model).resolve();
    expect((await loading).memory).toMatchObject({ bytes: 0, source: 'none' });
    expect(await registry.evict('model')).toMatchObject({ evicted: true, freedBytes: 0 });
    expect(model.instances).toEqual([{ id: 1, disposed: 1 }]);
    expect(registry.status('model').state).toBe('idle');
    expect(warnings.length).toBeGreaterThan(0);
  });
});
