import { describe, expect, it } from 'vitest';
import type { ServerOptions } from '../src/index.js';
import { ADMIN_TOKEN, adding, asAdmin, broken, doubling, serving } from './support/models.js';

const VERBS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const CONTROLS = [
  '/v2/repository/models/m/load',
  '/v2/repository/models/m/unload',
  '/models/m/load',
  '/models/m/evict',
  '/models/m/reload',
];
const models = () => ({ m: doubling(), piped: adding(), broken: broken() });

/** Every path of the document and its likes, once for a model that is there. */
async function everyPath(options: ServerOptions) {
  const served = await serving(models(), options);
  const { json } = await served.client('GET', '/openapi.json');
  const paths = Object.keys(json.paths).map((path) => path.replace('{model}', 'm').replace('{version}', '1'));
  expect(paths.length).toBeGreaterThan(20);
  return {
    ...served,
    paths: [...paths, ...paths.map((path) => `${path}/`), '/', '/models', '/v2/models', '/dashboard'],
  };
}

describe('without an admin', () => {
  it('no verb on any path changes any state, with or without a token, save that a request to infer loads its model', async () => {
    const { client, registry, paths } = await everyPath({ events: { maxClients: 0 } });
    for (const loaded of [false, true]) {
      if (loaded) await registry.load('m');
      const before = stateOf(registry.snapshot());
      for (const path of paths) {
        for (const verb of VERBS) {
          const hasBody = verb !== 'GET' && verb !== 'HEAD';
          for (const headers of [{}, asAdmin]) {
            const answer = await client(verb, path, { headers, ...(hasBody && { body: {} }) });
            expect(answer.status, `${verb} ${path}`).not.toBe(500);
          }
        }
      }
      expect(stateOf(registry.snapshot())).toEqual(before);
    }
  });

  it.each(CONTROLS)('POST %s is 403', async (path) => {
    const { client } = await serving(models());
    expect(await client('POST', path, { headers: asAdmin })).toMatchObject({ status: 403 });
  });
});

describe('with an admin', () => {
  it.each(CONTROLS)(
    'POST %s is 401 without the token or with another one, and changes nothing',
    async (path) => {
      const { client, registry } = await serving(models(), { admin: { token: ADMIN_TOKEN } });
      const before = stateOf(registry.snapshot());
      for (const authorization of [
        undefined,
        'Bearer',
        'Bearer ',
        `Bearer ${ADMIN_TOKEN}x`,
        `Bearer ${ADMIN_TOKEN.slice(1)}`,
        `Basic ${ADMIN_TOKEN}`,
        ADMIN_TOKEN,
      ]) {
        const answer = await client('POST', path, {
          headers: authorization === undefined ? {} : { authorization },
        });
        expect(answer.status, String(authorization)).toBe(401);
        expect(answer.headers.get('www-authenticate')).toContain('Bearer');
      }
      expect(stateOf(registry.snapshot())).toEqual(before);
    },
  );

  it('loads, reloads and evicts', async () => {
    const { client, registry } = await serving(models(), { admin: { token: ADMIN_TOKEN } });
    expect((await client('POST', '/models/m/load', { headers: asAdmin })).json).toMatchObject({
      state: 'ready',
      loads: 1,
    });
    expect((await client('POST', '/models/m/reload', { headers: asAdmin })).json).toMatchObject({
      state: 'ready',
      loads: 2,
    });
    expect((await client('POST', '/models/m/evict', { headers: asAdmin })).json).toMatchObject({
      evicted: true,
      freedBytes: 1_000,
    });
    expect(registry.status('m').state).toBe('idle');
    const failed = await client('POST', '/models/broken/load', { headers: asAdmin });
    expect(failed).toMatchObject({ status: 503, json: { error: expect.not.stringContaining('/work/') } });
    expect((await client('POST', '/models/none/load', { headers: asAdmin })).status).toBe(404);
  });

  it('lets authorize decide, and takes a throw for no', async () => {
    const asked: string[] = [];
    const authorize = async (request: Request) => {
      asked.push(new URL(request.url).pathname);
      const user = request.headers.get('x-user');
      if (user === null) throw new Error('nobody');
      return user === 'root';
    };
    const { client } = await serving(models(), { admin: { authorize } });
    expect((await client('POST', '/models/m/load')).status).toBe(401);
    expect((await client('POST', '/models/m/load', { headers: { 'x-user': 'me' } })).status).toBe(401);
    expect((await client('POST', '/models/m/load', { headers: { 'x-user': 'root' } })).status).toBe(200);
    expect(asked).toEqual(Array(3).fill('/models/m/load'));
  });
});

describe('to strangers', () => {
  it('no answer tells a path or a stack', async () => {
    const { client, registry } = await serving(models());
    await registry.load('broken').catch(() => {});
    for (const path of [
      '/health',
      '/model-status',
      '/memory-status',
      '/readyz',
      '/models/broken',
      '/models/broken/explain',
      '/metrics',
    ]) {
      expect((await client('GET', path)).text).not.toMatch(/\/work\/|secret|\n\s+at /);
    }
  });

  it('answers carry no CORS header, unless the option lets an origin in', async () => {
    const headers = { origin: 'https://elsewhere.example' };
    const { client } = await serving(models());
    expect((await client('GET', '/health', { headers })).headers.has('access-control-allow-origin')).toBe(
      false,
    );
    const open = await serving(models(), { cors: { origin: ['https://elsewhere.example'] } });
    const answer = await open.client('GET', '/health', { headers });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://elsewhere.example');
    const other = await open.client('GET', '/health', { headers: { origin: 'https://other.example' } });
    expect(other.headers.has('access-control-allow-origin')).toBe(false);
  });
});

/** What of a snapshot does not move by itself. */
function stateOf({ models, loads }: { models: readonly object[]; loads: object }): unknown {
  return { models, loads };
}
