import { describe, expect, it } from 'vitest';
import type { ServerOptions } from '../src/index.js';
import { ADMIN_TOKEN, asAdmin, doubling, serving, tensorBody } from './support/models.js';

const authorize = (request: Request) => request.headers.get('cookie') === 'session=1';
const session = { cookie: 'session=1' };

async function evict(headers: Record<string, string>, options: ServerOptions = { admin: { authorize } }) {
  const { client, registry } = await serving({ m: doubling() }, options);
  await registry.load('m');
  const { status } = await client('POST', '/models/m/evict', { headers });
  return [status, registry.status('m').state];
}

describe('a page with an admin’s cookie', () => {
  it.each([
    ['of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['of a neighbour', { 'sec-fetch-site': 'same-site', origin: 'http://other.server' }],
    ['over plain HTTP', { origin: 'http://evil.example' }],
    ['in a sandbox', { origin: 'null' }],
    ['of another port', { origin: 'http://server:81' }],
  ])('%s is refused, and changes nothing', async (_what, headers) => {
    expect(await evict({ ...session, ...headers })).toEqual([403, 'ready']);
  });

  it.each([
    ['of this site', { 'sec-fetch-site': 'same-origin', origin: 'http://server' }],
    ['of this site over plain HTTP', { origin: 'http://server' }],
    ['of this site behind a proxy that ends TLS', { origin: 'https://server' }],
    ['that is none: a script', {}],
  ])('%s is let through', async (_what, headers) => {
    expect(await evict({ ...session, ...headers })).toEqual([200, 'idle']);
  });

  it('of an origin that the option cors names is let through; a star names nobody', async () => {
    const headers = { ...session, 'sec-fetch-site': 'cross-site', origin: 'https://ours.example' };
    const admin = { authorize };
    expect(await evict(headers, { admin, cors: { origin: ['https://ours.example'] } })).toEqual([
      200,
      'idle',
    ]);
    expect(await evict(headers, { admin, cors: { origin: '*' } })).toEqual([403, 'ready']);
  });
});

it('a page of another site that has the token may use it', async () => {
  const headers = { ...asAdmin, 'sec-fetch-site': 'cross-site', origin: 'https://ours.example' };
  expect(await evict(headers, { admin: { token: ADMIN_TOKEN, authorize } })).toEqual([200, 'idle']);
});

it('a body without a type is taken of a script, and not of a page, which could send it to any site', async () => {
  const { handler, registry } = await serving({ m: doubling() });
  const post = (headers: Record<string, string>) =>
    handler(
      new Request('http://server/v2/models/m/infer', {
        method: 'POST',
        headers,
        body: Buffer.from(JSON.stringify(tensorBody())),
      }),
    );
  expect((await post({ origin: 'https://evil.example' })).status).toBe(415);
  expect(registry.status('m').state).toBe('idle');
  expect((await post({})).status).toBe(200);
});
