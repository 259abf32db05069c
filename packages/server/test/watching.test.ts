import { ModelRegistry } from '@warmset/registry';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EventHub } from '../src/events/hub.js';
import { createHandler } from '../src/index.js';
import { consoleLogger } from '../src/logger.js';
import { conforming } from './support/conforming.js';
import { broken, closeAfter, doubling, gated, serving, silent, tensorBody, until } from './support/models.js';

describe('GET /health, /model-status and /memory-status', () => {
  it('have the shape that the examples had, at once, whatever is loading', async () => {
    const slow = gated();
    const { client, registry } = await serving({ m: doubling(), slow: slow.definition, broken: broken() });
    expect((await client('GET', '/health')).json).toMatchObject({
      status: 'ok',
      model_loaded: false,
      model_loading: false,
      model_error: null,
    });
    await registry.load('m');
    await registry.load('broken').catch(() => {});
    const loading = registry.load('slow');
    await until(() => slow.loads === 1);
    const { json } = await client('GET', '/health');
    expect(json).toMatchObject({
      status: 'ok',
      model_loaded: true,
      model_loading: true,
      model_error: 'Model "broken" could not be loaded. The server\'s log says more.',
      models: { m: 'ready', slow: 'loading', broken: 'failed' },
    });
    expect(Math.abs(Date.parse(json.timestamp) - Date.now())).toBeLessThan(60_000);
    const models = (await client('GET', '/model-status')).json;
    expect(models.m).toMatchObject({
      loaded: true,
      loading: false,
      error: null,
      loads: 1,
      load_time: expect.any(Number),
      state: 'ready',
    });
    expect(models.slow).toMatchObject({ loaded: false, loading: true });
    expect(models.broken).toMatchObject({
      loaded: false,
      error: expect.stringContaining('could not'),
      last_error: { code: 'ERR_LOAD_FAILED' },
    });
    const memory = (await client('GET', '/memory-status')).json;
    expect(memory.models).toContainEqual({ name: 'm', mb: 0.001, bytes: 1_000, source: 'runtime' });
    expect(memory.budget).toMatchObject({ total_mb: 1, used_mb: 0.001, bytes: 1_000_000, used_bytes: 1_000 });
    expect(memory.budget.sentence).toMatch(/^1000000 bytes for models, as memory\.budgetBytes says/);
    const charged = memory.models.reduce((sum: number, { bytes }: { bytes: number }) => sum + bytes, 0);
    expect(memory.hosts).toEqual({ mb: 0, bytes: 0 });
    expect(charged + memory.hosts.bytes).toBe(memory.budget.used_bytes);
    const {
      total_mb: total,
      available_mb: available,
      used_mb: used,
      percent_used: percent,
    } = memory.system_memory;
    expect(total - available).toBeCloseTo(used, 1);
    expect(percent).toBeCloseTo((100 * used) / total, 1);
    slow.open();
    await loading;
  });

  it('tell of a registry that is closed', async () => {
    const { client, registry } = await serving({ m: doubling() });
    await registry.close();
    expect(await client('GET', '/health')).toMatchObject({ status: 503, json: { status: 'closed' } });
    const answer = await client('POST', '/v2/models/m/infer', { body: tensorBody() });
    expect([answer.status, answer.headers.get('warmset-error-code')]).toEqual([503, 'ERR_REGISTRY_CLOSED']);
  });
});

describe('what is charged for hosts', () => {
  it('makes, with the models, what is used', async () => {
    const registry = new ModelRegistry({
      models: { m: doubling() },
      isolation: 'inline',
      memory: { budgetBytes: 1e9 },
    });
    const snapshot = registry.snapshot.bind(registry);
    vi.spyOn(registry, 'snapshot').mockImplementation(() => {
      const now = snapshot();
      const memory = { bytes: 1_000_000, source: 'process', hostBytes: 40_000_000 } as const;
      return {
        ...now,
        models: now.models.map((model) => ({ ...model, memory })),
        memory: { ...now.memory, usedBytes: 66_000_000, hostBytes: 25_000_000 },
      };
    });
    const handler = createHandler(registry, { logger: silent });
    closeAfter(() => handler.close());
    const { json } = await (await conforming(handler))('GET', '/memory-status');
    expect(json.hosts).toEqual({ mb: 65, bytes: 65_000_000 });
    expect(json.models[0].mb + json.hosts.mb).toBe(json.budget.used_mb);
  });
});

describe('GET /models/{m}/explain', () => {
  it('has the budget, as figures and as a sentence', async () => {
    const { client, registry } = await serving({ m: doubling() });
    const { json } = await client('GET', '/models/m/explain');
    expect(json.budget).toEqual(registry.explain('m').budget);
    expect(json.budget).toMatchObject({ budgetBytes: 1_000_000, sentence: expect.stringContaining('bytes') });
  });
});

describe('what the default logger prints of a warning', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('has no field that is not there, and nothing of what is usual', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const hub = { on: vi.fn(), off: vi.fn() };
    new EventHub(hub as never, {} as never, consoleLogger);
    const tell = (event: object) => {
      for (const [name, listener] of hub.on.mock.calls) if (name === 'warning') listener(event);
    };
    tell({ at: 1, message: 'the limit shrank' });
    tell({ at: 1, message: 'no dispose', name: 'm' });
    tell({ at: 1, message: 'No cgroup limits', kind: 'unlimited' });
    expect(warn.mock.calls).toEqual([['warmset: the limit shrank'], ['warmset: no dispose', { model: 'm' }]]);
  });
});

describe('GET /livez and /readyz', () => {
  it('are red until the required models are loaded, and say which are not', async () => {
    const slow = gated();
    const { client, handler } = await serving(
      { m: doubling(), slow: slow.definition, other: doubling() },
      { preload: ['m', 'slow'] },
    );
    await until(() => slow.loads === 1);
    expect((await client('GET', '/livez')).status).toBe(200);
    expect(await client('GET', '/readyz')).toMatchObject({
      status: 503,
      json: { ready: false, required: { slow: { state: 'loading' } } },
    });
    slow.open();
    await handler.start();
    const ready = await client('GET', '/readyz');
    expect(ready).toMatchObject({ status: 200, json: { ready: true, draining: false } });
    expect(ready.json.required).toEqual({ m: { state: 'ready' }, slow: { state: 'ready' } });
  });

  it('are red until a preload that was asked for is begun: by start(), or by the first request', async () => {
    const registry = new ModelRegistry({ models: { m: doubling() }, isolation: 'inline' });
    const handler = createHandler(registry, { logger: silent, preload: ['m'] });
    closeAfter(() => registry.close());
    closeAfter(() => handler.close());
    await new Promise((resolve) => setTimeout(resolve, 20));
    // As in a build, which imports the handler and asks it for nothing.
    expect(registry.status('m').state).toBe('idle');
    expect((await handler(new Request('http://server/readyz'))).status).toBe(503);
    expect((await handler.preloaded)?.loaded).toEqual(['m']);
    expect((await handler(new Request('http://server/readyz'))).status).toBe(200);
    expect(await handler.start()).toBe(await handler.preloaded);
  });

  it('stay red for a broken one, name it, and serve the good ones', async () => {
    const { client, handler } = await serving({ m: doubling(), broken: broken() }, { preload: 'all' });
    expect((await handler.start())?.failed.map(({ name }) => name)).toEqual(['broken']);
    const { status, json } = await client('GET', '/readyz');
    expect([status, json.required.m.state, json.required.broken.state]).toEqual([503, 'ready', 'failed']);
    expect(json.required.broken.error).toContain('could not be loaded');
    expect((await client('POST', '/v2/models/m/infer', { body: tensorBody() })).status).toBe(200);
  });

  it('turn red when the server drains, while requests are still answered', async () => {
    const { client, handler } = await serving({ m: doubling() });
    expect((await client('GET', '/readyz')).status).toBe(200);
    handler.drain();
    expect(await client('GET', '/readyz')).toMatchObject({ status: 503, json: { draining: true } });
    expect((await client('GET', '/v2/health/ready')).status).toBe(503);
    expect((await client('POST', '/v2/models/m/infer', { body: tensorBody() })).status).toBe(200);
  });

  it('refuse to wait for a model that is not there', async () => {
    await expect(serving({ m: doubling() }, { preload: ['none'] })).rejects.toThrow(/no model "none"/);
  });
});

describe('GET /metrics', () => {
  it('tells by model what happened, and nothing of other libraries', async () => {
    const { client, registry } = await serving({ m: doubling(), broken: broken() });
    await client('POST', '/v2/models/m/infer', { body: tensorBody() });
    await client('POST', '/v2/models/m/infer', { body: { inputs: [] } });
    await client('POST', '/v2/models/nobody/infer', { body: tensorBody() });
    await registry.load('broken').catch(() => {});
    await registry.evict('m');
    const { text, headers } = await client('GET', '/metrics');
    expect(headers.get('content-type')).toContain('text/plain');
    const value = (line: string) =>
      Number(
        text
          .split('\n')
          .find((one) => one.startsWith(`${line} `))
          ?.split(' ')
          .at(-1),
      );
    expect(value('warmset_inference_duration_seconds_count{model="m",outcome="success"}')).toBe(1);
    expect(value('warmset_inference_duration_seconds_count{model="m",outcome="fail"}')).toBe(1);
    expect(value('warmset_model_loads_total{model="m"}')).toBe(1);
    expect(value('warmset_model_evictions_by_reason_total{model="m",reason="request"}')).toBe(1);
    expect(value('warmset_model_load_failures_total{model="broken"}')).toBe(1);
    expect(value('warmset_model_state{model="broken",state="failed"}')).toBe(1);
    expect(value('warmset_memory_budget_bytes')).toBe(1_000_000);
    expect(text).not.toMatch(/nobody|process_cpu|nodejs_/);
  });

  it('adds the metrics of the process where asked to', async () => {
    const { client } = await serving({ m: doubling() }, { metrics: { defaults: true } });
    expect((await client('GET', '/metrics')).text).toContain('process_cpu_seconds_total');
  });

  it('goes on from scrape to scrape without counting twice', async () => {
    const { client, registry } = await serving({ m: doubling() });
    await registry.load('m');
    const loads = async () =>
      /warmset_model_loads_total\{model="m"\} (\d+)/.exec((await client('GET', '/metrics')).text)?.[1];
    expect([await loads(), await loads()]).toEqual(['1', '1']);
  });
});

describe('routes', () => {
  it.each([
    ['v2', '/v2'],
    ['models', '/models/m'],
    ['health', '/health'],
    ['probes', '/readyz'],
    ['metrics', '/metrics'],
    ['events', '/events'],
  ] as const)('%s can be switched off', async (group, path) => {
    const { client } = await serving({ m: doubling() }, { routes: { [group]: false } });
    expect((await client('GET', path)).status).toBe(404);
    const { json } = await client('GET', '/openapi.json');
    expect(Object.keys(json.paths)).not.toContain(path.replace('/m', '/{model}'));
  });

  it('are under the base path, and nowhere else', async () => {
    const handler = createHandler(new ModelRegistry({ models: { m: doubling() } }), {
      basePath: '/api/warmset/',
    });
    const status = async (path: string) => (await handler(new Request(`http://server${path}`))).status;
    expect([
      await status('/api/warmset/health'),
      await status('/health'),
      await status('/api/warmset/v2/'),
    ]).toEqual([200, 404, 200]);
    handler.close();
  });
});
