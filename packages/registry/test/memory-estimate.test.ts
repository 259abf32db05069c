import type { ModelDefinition, ModelRegistry } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { openRegistry } from './support/open.js';
import { rejection } from './support/promises.js';

const BUDGET = { memory: { budgetBytes: 100 } };

/** A model that is measured and states no estimate, unless told to. */
function measured(bytes: number, members: Partial<ModelDefinition> = {}): ModelDefinition {
  return { load: () => 'model', run: (_model, input) => input, measureBytes: () => bytes, ...members };
}

/** What the registry reserved for the model’s last load. */
function reserved(registry: Pick<ModelRegistry<{ model: ModelDefinition }>, 'explain'>): number | undefined {
  const { decisions } = registry.explain('model');
  return decisions.findLast(({ kind }) => kind === 'admitted')?.numbers.needBytes;
}

describe('10: an estimate', () => {
  it('is the definition’s own', async () => {
    const { registry } = openRegistry({ model: measured(10, { estimateBytes: 40 }) }, BUDGET);
    await registry.run('model', 1);
    expect(reserved(registry)).toBe(40);
  });

  it('may be a function, also one that takes its time', async () => {
    const model = measured(10, { estimateBytes: async () => 30 });
    const { registry } = openRegistry({ model }, BUDGET);
    await registry.run('model', 1);
    expect(reserved(registry)).toBe(30);
  });

  it('is raised to what was measured the last time, where that was more', async () => {
    const { registry } = openRegistry({ model: measured(70, { estimateBytes: 40 }) }, BUDGET);
    await registry.run('model', 1);
    await registry.evict('model');
    await registry.run('model', 1);
    expect(reserved(registry)).toBe(70);
  });

  it('is what was measured the last time, where the definition has none', async () => {
    const { registry } = openRegistry({ model: measured(70) }, BUDGET);
    await registry.run('model', 1);
    expect(reserved(registry)).toBe(0);
    await registry.evict('model');
    await registry.run('model', 1);
    expect(reserved(registry)).toBe(70);
  });

  it('is not what another definition of that name was measured at', async () => {
    const { registry } = openRegistry({ model: measured(70) }, BUDGET);
    await registry.run('model', 1);
    await registry.evict('model');
    registry.register('model', measured(20), { replace: true });
    await registry.run('model', 1);
    expect(reserved(registry)).toBe(0);
  });

  it('survives a swap that failed', async () => {
    const { registry, clock } = openRegistry({ model: measured(70) }, BUDGET);
    await registry.run('model', 1);
    registry.register('model', fakeModel({ failures: 9 }), { replace: true });
    await clock.settle();
    await registry.evict('model');
    await registry.run('model', 1);
    expect(reserved(registry)).toBe(70);
  });

  it('after a swap is what the new copy was measured at', async () => {
    const { registry, clock } = openRegistry({ model: measured(30) }, BUDGET);
    await registry.run('model', 1);
    registry.register('model', measured(20), { replace: true });
    await clock.settle();
    await registry.evict('model');
    await registry.run('model', 1);
    expect(reserved(registry)).toBe(20);
  });

  it('after a swap to a model that nobody measures is forgotten', async () => {
    const { registry, clock } = openRegistry({ model: measured(30) }, BUDGET);
    await registry.run('model', 1);
    registry.register('model', { load: () => 'other', run: () => 1 }, { replace: true });
    await clock.settle();
    await registry.evict('model');
    await registry.run('model', 1);
    expect(reserved(registry)).toBe(0);
  });

  it('that fails fails the load, with the reason', async () => {
    const missing = new Error('there is no such file');
    const model = measured(1, { estimateBytes: () => Promise.reject(missing) });
    const { registry } = openRegistry({ model }, BUDGET);
    expect(await rejection(registry.run('model', 1))).toMatchObject({
      code: 'ERR_LOAD_FAILED',
      cause: missing,
    });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '40', undefined])(
    'of %s fails the load',
    async (bytes) => {
      const model = measured(1, { estimateBytes: () => bytes as number });
      const { registry } = openRegistry({ model }, BUDGET);
      const error = await rejection<Error>(registry.run('model', 1));
      expect(error).toMatchObject({ code: 'ERR_MODEL_INVALID' });
      expect(error.message).toContain('models.model.estimateBytes');
    },
  );

  it('27: that never comes ends with the load’s time-out, and is asked for again after it', async () => {
    let asked = 0;
    const estimateBytes = () => {
      asked += 1;
      return asked === 1 ? new Promise<number>(() => {}) : 10;
    };
    const model = measured(1, { estimateBytes, loadTimeoutMs: 300 });
    const { registry, clock } = openRegistry({ model }, { ...BUDGET, load: { cooldownMs: 0 } });
    const failed = rejection(registry.run('model', 1));
    await clock.advance(300);
    expect(await failed).toMatchObject({ code: 'ERR_LOAD_TIMEOUT' });
    expect(await registry.run('model', 2)).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it('3: that never comes is not waited for once the last caller has left', async () => {
    const model = measured(1, { estimateBytes: () => new Promise<number>(() => {}) });
    const { registry, clock } = openRegistry({ model }, BUDGET);
    const left = rejection(registry.run('model', 1, { timeoutMs: 5 }));
    await clock.advance(5);
    expect(await left).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(registry.status('model').state).toBe('idle');
    expect(clock.pendingTimers).toBe(0);
  });
});
