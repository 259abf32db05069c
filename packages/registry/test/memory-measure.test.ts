import type { ModelDefinition } from '@warmset/registry';
import { type FakeMemoryProbe, fakeMemoryProbe } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';

/** A model whose load and dispose move the resident set of the process. */
function growing(
  probe: FakeMemoryProbe,
  grows: number,
  members: Partial<ModelDefinition> = {},
): ModelDefinition {
  return {
    load: () => {
      probe.rss += grows;
      return 'model';
    },
    run: (_model, input) => input,
    dispose: () => {
      probe.rss -= grows / 2;
    },
    ...members,
  };
}

function open(grows: number, members: Partial<ModelDefinition> = {}) {
  const probe = fakeMemoryProbe({ rss: 1_000 });
  const opened = openRegistry(
    { model: growing(probe, grows, members) },
    { memory: { budgetBytes: 1_000, probe } },
  );
  return { ...opened, probe };
}

describe('13: the bytes of a model say where they come from', () => {
  it('from the runtime, where it knows', async () => {
    const { registry } = open(300, { measureBytes: () => 70, estimateBytes: 80 });
    await registry.run('model', 1);
    expect(registry.status('model').memory).toMatchObject({ bytes: 70, source: 'runtime' });
    expect(await registry.evict('model')).toMatchObject({ evicted: true, freedBytes: 70 });
  });

  it('from the estimate, where the runtime does not know; then none are said to be freed', async () => {
    const { registry } = open(300, { measureBytes: () => undefined, estimateBytes: 80 });
    await registry.run('model', 1);
    expect(registry.status('model').memory).toMatchObject({ bytes: 80, source: 'estimate' });
    expect(await registry.evict('model')).toMatchObject({ evicted: true, freedBytes: 0 });
  });

  it('not for ever from a resident set that jumped by more than the whole budget', async () => {
    const { registry } = open(5_000);
    await registry.run('model', 1);
    expect(registry.status('model').memory).toMatchObject({ bytes: 5_000, source: 'rss' });
    await registry.evict('model');
    await expect(registry.run('model', 2)).resolves.toBe(2);
  });

  it.each([
    ['the estimate', 60, 80, 80],
    ['what the runtime knows for certain, where that is more', 90, 80, 90],
    ['that alone, where the resident set grew by less', 400, undefined, 400],
  ])(
    'from an estimate, where the runtime counts only a part: %s',
    async (_which, atLeastBytes, estimateBytes, bytes) => {
      const estimate = estimateBytes === undefined ? {} : { estimateBytes };
      const { registry } = open(300, { measureBytes: () => ({ atLeastBytes }), ...estimate });
      await registry.run('model', 1);
      expect(registry.status('model').memory).toMatchObject({ bytes, source: 'estimate' });
      expect(await registry.evict('model')).toMatchObject({ evicted: true, freedBytes: 0 });
    },
  );

  it('from the resident set, where nothing else is known; what came back is measured, not assumed', async () => {
    const { registry } = open(300);
    await registry.run('model', 1);
    expect(registry.status('model').memory).toMatchObject({ bytes: 300, source: 'rss' });
    expect(await registry.evict('model')).toMatchObject({ evicted: true, freedBytes: 150 });
  });

  it('from nowhere, where the resident set did not grow', async () => {
    const { registry } = open(-300);
    await registry.run('model', 1);
    expect(registry.status('model').memory).toMatchObject({ bytes: 0, source: 'none' });
    expect(await registry.evict('model')).toMatchObject({ evicted: true, freedBytes: 0 });
  });

  it('a resident set that grew while it was disposed of is no freed memory', async () => {
    const probe = fakeMemoryProbe({ rss: 1_000 });
    const dispose = () => {
      probe.rss += 50;
    };
    const model = growing(probe, 300, { dispose });
    const { registry } = openRegistry({ model }, { memory: { budgetBytes: 1_000, probe } });
    await registry.run('model', 1);
    expect(await registry.evict('model')).toMatchObject({ evicted: true, freedBytes: 0 });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('not from a runtime that says %s', async (bytes) => {
    const { registry } = open(300, { measureBytes: () => bytes, estimateBytes: 80 });
    await registry.run('model', 1);
    expect(registry.status('model').memory).toMatchObject({ bytes: 80, source: 'estimate' });
  });

  it('not from a resident set that other loads moved too', async () => {
    const probe = fakeMemoryProbe({ rss: 1_000 });
    const models = { a: manualModel(), b: manualModel() };
    const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 1_000, probe } });
    const first = registry.run('a', 1);
    await clock.settle();
    const second = registry.run('b', 1);
    await clock.settle();
    probe.rss += 100;
    loadOf(models.a).resolve();
    loadOf(models.b).resolve();
    await Promise.all([first, second]);
    expect(registry.status('a').memory.source).toBe('none');
    expect(registry.status('b').memory.source).toBe('none');
  });

  it('the event tells them too', async () => {
    const { registry } = open(0, { measureBytes: () => 70 });
    const told: unknown[] = [];
    registry.on('ready', ({ bytes, source }) => told.push({ bytes, source }));
    registry.on('evicted', ({ freedBytes }) => told.push({ freedBytes }));
    await registry.run('model', 1);
    await registry.evict('model');
    expect(told).toEqual([{ bytes: 70, source: 'runtime' }, { freedBytes: 70 }]);
  });
});
