import { ModelRegistry, type RegistryOptions, WarmsetError } from '@warmset/registry';
import { fakeMemoryProbe, fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { openRegistry } from './support/open.js';
import { rejection } from './support/promises.js';

const INVALID = { code: 'ERR_MODEL_INVALID' };

/** What `open` throws. */
function thrownBy(open: () => unknown): WarmsetError {
  try {
    open();
  } catch (error) {
    return error as WarmsetError;
  }
  return expect.unreachable('nothing was thrown');
}

describe('options of the registry', () => {
  const milliseconds = [Number.NaN, -1, '10', null, true, {}];
  const wrong: [string, unknown[]][] = [
    ['memory.budgetBytes', [Number.NaN, -1, 0, '10', null, 'AUTO', true, '0%', '101%', '-1%']],
    ['memory.floorBytes', [Number.NaN, -1, Number.POSITIVE_INFINITY, '10', null]],
    ['memory.waitTimeoutMs', milliseconds],
    ['memory.probe', [null, 1, {}, { rssBytes: () => 1 }]],
    ['load.concurrency', [0, -1, 1.5, Number.NaN, '2', null]],
    ['load.timeoutMs', milliseconds],
    ['load.stallTimeoutMs', milliseconds],
    ['load.retries', [-1, 0.5, Number.NaN, '1', null]],
    ['load.cooldownMs', milliseconds],
    ['load.backoff.initialMs', milliseconds],
    ['load.backoff.maxMs', milliseconds],
    ['load.backoff.factor', [0.5, 101, Number.NaN, '2', null]],
    ['load.backoff.jitter', [-0.1, 1.1, Number.NaN, null]],
    ['load.backoff', [null, 1, 'exponential']],
    ['load', [null, 1]],
    ['memory', [null, 'auto', 1]],
    ['eviction', ['fifo', '__proto__', 'toString', null, {}, { score: 1 }, 1]],
    ['idleTimeoutMs', milliseconds],
    ['isolation', ['none', null, 1]],
    ['clock', [null, {}, Date, { now: () => 1 }]],
    ['models', [null, 1, 'heart', new Map([['heart', fakeModel()]]), [fakeModel()]]],
  ];

  it.each(wrong.flatMap(([path, values]) => values.map((value) => [path, value] as const)))(
    '%s: %s is refused at construction, by name',
    (path, value) => {
      const options = path
        .split('.')
        .reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as RegistryOptions;
      const error = thrownBy(() => new ModelRegistry(options));
      expect(error).toBeInstanceOf(WarmsetError);
      expect(error).toMatchObject(INVALID);
      expect(error.message).toContain(`Option ${path}: expected `);
    },
  );

  it.each([
    ['idleTimeout', { idleTimeout: 5 }],
    ['memory.budget', { memory: { budget: 5 } }],
    ['load.backoff.min', { load: { backoff: { min: 5 } } }],
  ])('an option that does not exist is refused, with those that do: %s', (path, options) => {
    const error = thrownBy(() => new ModelRegistry(options as RegistryOptions));
    expect(error).toMatchObject(INVALID);
    expect(error.message).toContain(`There is no option ${path}; known are `);
  });

  it.each([null, 1, 'options', [], new Map()])('%j is not a set of options', (options) => {
    expect(thrownBy(() => new ModelRegistry(options as never))).toMatchObject(INVALID);
  });

  it.each([null, true, {}, { weight: 1, since: 2 }])('a policy cannot fade by %j', (fading) => {
    const eviction = { name: 'mine', score: () => 0, fading } as never;
    const error = thrownBy(() => new ModelRegistry({ eviction }));
    expect(error).toMatchObject(INVALID);
    expect(error.message).toContain(
      'Option eviction.fading: expected { weight(candidate), since(candidate) }, got ',
    );
  });

  it('may be left out, be undefined, or be at the ends of their ranges', () => {
    const { POSITIVE_INFINITY: never } = Number;
    for (const options of [
      undefined,
      {},
      { models: undefined, memory: undefined, load: undefined, clock: undefined },
      { memory: { budgetBytes: never, waitTimeoutMs: never }, idleTimeoutMs: never },
      { memory: { budgetBytes: 1, waitTimeoutMs: 0 }, idleTimeoutMs: 0, eviction: 'lfu' },
      { memory: { budgetBytes: '100%', floorBytes: 0 } },
      { memory: { budgetBytes: '0.5%', floorBytes: 1 } },
      { load: { concurrency: never, retries: never, timeoutMs: never, stallTimeoutMs: never } },
      { load: { cooldownMs: 0, backoff: { initialMs: 0, maxMs: 0, factor: 1, jitter: 0 } } },
      { isolation: 'inline', eviction: { name: 'mine', score: () => 0 } },
    ]) {
      expect(new ModelRegistry(options as RegistryOptions).isHealthy()).toBe(true);
    }
  });

  it('auto, the default, is the container’s limit, less what the process needs and a reserve', () => {
    const probe = fakeMemoryProbe({ limit: 1000, rss: 500 });
    for (const memory of [{ probe }, { probe, budgetBytes: 'auto' as const }]) {
      expect(new ModelRegistry({ memory }).snapshot().memory).toMatchObject({
        budgetBytes: 340,
        limitBytes: 1000,
        rssBytes: 500,
        availableBytes: 500,
      });
    }
  });
});

describe('options of a definition', () => {
  const wrong: [string, unknown[]][] = [
    ['load', [undefined, null, 1, 'load']],
    ['run', [null, 1]],
    ['dispose', [null, 'x']],
    ['measureBytes', [null, 5]],
    ['warmup', [null, true]],
    ['describe', [null, {}]],
    ['describeRuntime', [null, 'ort']],
    ['pipeline', [null, {}]],
    ['estimateBytes', [Number.NaN, -1, Number.POSITIVE_INFINITY, '10', {}]],
    ['pinned', [null, 1, 'yes']],
    ['idleTimeoutMs', [Number.NaN, -1, '10', null]],
    ['loadTimeoutMs', [Number.NaN, -1, null]],
    ['maxConcurrency', [0, 1.5, Number.NaN, '2', null]],
    ['maxQueue', [-1, 0.5, Number.NaN, null]],
  ];

  it.each(wrong.flatMap(([member, values]) => values.map((value) => [member, value] as const)))(
    '%s: %s is refused at registration, by name',
    (member, value) => {
      const definition = { load: () => 1, [member]: value } as never;
      const error = thrownBy(() => new ModelRegistry({ models: { heart: definition } }));
      expect(error).toMatchObject(INVALID);
      expect(error.message).toContain(`models.heart.${member}`);
      const { registry } = openRegistry({});
      expect(thrownBy(() => registry.register('heart', definition))).toMatchObject(INVALID);
      expect(registry.snapshot().models).toEqual([]);
    },
  );

  it.each([undefined, null, 1, 'models/heart.onnx', () => 1])('%s is no definition', (definition) => {
    expect(thrownBy(() => new ModelRegistry({ models: { heart: definition as never } }))).toMatchObject({
      ...INVALID,
      message: expect.stringContaining('models.heart'),
    });
  });
});

describe('options of a call', () => {
  it.each([
    ['timeoutMs', Number.NaN],
    ['timeoutMs', -1],
    ['timeoutMs', '10'],
    ['keepAliveMs', Number.NaN],
    ['keepAliveMs', -1],
    ['priority', 'urgent'],
    ['priority', null],
    ['signal', {}],
    ['signal', null],
  ])('%s: %s is refused, by name, with nothing loaded', async (option, value) => {
    const model = fakeModel();
    const { registry } = openRegistry({ model });
    const options = { [option]: value } as never;
    for (const call of [
      registry.run('model', 1, options),
      registry.use('model', () => 1, options),
      registry.acquire('model', options),
      registry.load('model', options),
    ]) {
      expect(await rejection(call)).toMatchObject({ ...INVALID, message: expect.stringContaining(option) });
    }
    expect(model.loadsStarted).toBe(0);
    expect(registry.status('model')).toMatchObject({ waiting: 0, leases: 0 });
  });

  it('one that does not exist, or null for all of them, is refused', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    for (const options of [{ timeout: 5 }, null, 5]) {
      for (const call of [
        registry.run('model', 1, options as never),
        registry.use('model', () => 1, options as never),
        registry.acquire('model', options as never),
        registry.load('model', options as never),
        registry.evict('model', options as never),
        registry.evictAll(options as never),
        registry.reload('model', options as never),
        registry.unregister('model', options as never),
      ]) {
        expect(await rejection(call)).toMatchObject(INVALID);
      }
    }
    expect(await registry.run('model', 1)).toBe(1);
  });

  it.each([{ timeoutMs: Number.NaN }, { timeoutMs: -1 }, { force: 1 }])(
    'evict and evictAll refuse %j',
    async (options) => {
      const { registry } = openRegistry({ model: fakeModel() });
      await registry.load('model');
      expect(await rejection(registry.evict('model', options as never))).toMatchObject(INVALID);
      expect(await rejection(registry.evictAll(options as never))).toMatchObject(INVALID);
      expect(registry.status('model').state).toBe('ready');
    },
  );
});
