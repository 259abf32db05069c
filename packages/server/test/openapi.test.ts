import { Validator } from '@seriousme/openapi-schema-validator';
import { ModelRegistry } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { createHandler, type ServerOptions } from '../src/index.js';
import { ADMIN_TOKEN, doubling, serving } from './support/models.js';

describe('GET /openapi.json', () => {
  it.each<[string, ServerOptions]>([
    ['with an admin', { admin: { token: ADMIN_TOKEN } }],
    ['without an admin', {}],
    ['under a base path', { basePath: '/api/warmset' }],
    [
      'with next to nothing',
      { routes: { v2: false, models: false, health: false, probes: false, metrics: false, events: false } },
    ],
  ])('validates as OpenAPI 3.1 %s', async (_what, options) => {
    const handler = createHandler(new ModelRegistry({ models: { m: doubling() } }), options);
    const base = options.basePath ?? '';
    const document = await (await handler(new Request(`http://server${base}/openapi.json`))).json();
    handler.close();
    const validator = new Validator();
    const result = await validator.validate(document as Record<string, unknown>);
    expect(result.errors ?? []).toEqual([]);
    expect([result.valid, validator.version]).toEqual([true, '3.1']);
  });

  it('names a schema for every reference, and uses every schema', async () => {
    const { client } = await serving({ m: doubling() }, { admin: { token: ADMIN_TOKEN } });
    const { json, text } = await client('GET', '/openapi.json');
    const used = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(Object.keys(json.components.schemas).sort());
  });

  it('has the paths of what is on, and of nothing else', async () => {
    const all = (await (await serving({ m: doubling() })).client('GET', '/openapi.json')).json;
    for (const path of ['/dashboard', '/events', '/metrics', '/readyz', '/health'])
      expect(all.paths).toHaveProperty([path]);
    const { client } = await serving({ m: doubling() }, { routes: { dashboard: false, models: false } });
    const { json } = await client('GET', '/openapi.json');
    expect(Object.keys(json.paths).filter((path) => /dashboard|^\/models/.test(path))).toEqual([]);
  });

  it('asks for the admin only where there is one', async () => {
    const without = (await (await serving({ m: doubling() })).client('GET', '/openapi.json')).json;
    expect([without.components.securitySchemes, without.paths['/models/{model}/load'].post.security]).toEqual(
      [undefined, undefined],
    );
    const { client } = await serving({ m: doubling() }, { admin: { token: ADMIN_TOKEN } });
    const { json } = await client('GET', '/openapi.json');
    const guarded = Object.entries(json.paths as Record<string, { post?: { security?: unknown } }>).filter(
      ([, { post }]) => post?.security,
    );
    expect(guarded.map(([path]) => path).sort()).toEqual([
      '/models/{model}/evict',
      '/models/{model}/load',
      '/models/{model}/reload',
      '/v2/repository/models/{model}/load',
      '/v2/repository/models/{model}/unload',
    ]);
  });
});
