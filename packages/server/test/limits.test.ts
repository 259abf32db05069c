import { describe, expect, it } from 'vitest';
import { doubling, gated, serving, tensorBody, until } from './support/models.js';

const INFER = '/v2/models/m/infer';

/** A body whose bytes are counted as they are taken. */
function counted(bytes: number, chunkBytes = 1_024) {
  const body = { taken: 0, stream: undefined as unknown as ReadableStream<Uint8Array> };
  body.stream = new ReadableStream(
    {
      pull(controller) {
        if (body.taken >= bytes) return controller.close();
        body.taken += chunkBytes;
        controller.enqueue(new Uint8Array(chunkBytes).fill(0x20));
      },
    },
    { highWaterMark: 0 },
  );
  return body;
}

function post(path: string, stream: ReadableStream, headers: Record<string, string> = {}): Request {
  const init = {
    method: 'POST',
    body: stream,
    headers: { 'content-type': 'application/json', ...headers },
    duplex: 'half',
  };
  return new Request(`http://server${path}`, init as RequestInit);
}

describe('limits', () => {
  it('413 from the length that is announced, without reading a byte', async () => {
    const { handler } = await serving({ m: doubling() }, { limits: { bodyBytes: 4_096 } });
    const body = counted(8_192);
    const response = await handler(post(INFER, body.stream, { 'content-length': '8192' }));
    expect(response.status).toBe(413);
    expect(response.headers.get('connection')).toBe('close');
    expect(body.taken).toBe(0);
  });

  it('413 as soon as a body of unknown length is too long', async () => {
    const { handler } = await serving({ m: doubling() }, { limits: { bodyBytes: 4_096 } });
    const body = counted(1_000_000);
    expect((await handler(post(INFER, body.stream))).status).toBe(413);
    expect(body.taken).toBeLessThanOrEqual(6_144);
  });

  it.each([
    ['an unknown model', '/v2/models/none/infer', {}, 404],
    ['an unknown version', '/v2/models/m/versions/9/infer', {}, 404],
    ['another type', INFER, { 'content-type': 'text/plain' }, 415],
    ['a load without an admin', '/v2/repository/models/m/load', {}, 403],
  ])('%s is refused without reading a byte', async (_what, path, headers, status) => {
    const { handler } = await serving({ m: doubling() });
    const body = counted(100_000);
    expect((await handler(post(path, body.stream, headers))).status).toBe(status);
    expect(body.taken).toBe(0);
  });

  it.each([
    ['elements', { tensorElements: 3 }, tensorBody([1, 2, 3, 4])],
    ['the batch', { batch: 1 }, tensorBody([1, 2, 3, 4])],
    ['nesting', { jsonDepth: 6 }, tensorBody([1, 2], { parameters: { a: [[[[[[1]]]]]] } })],
  ])('400 for %s over the limit', async (_what, limits, body) => {
    const { client } = await serving({ m: doubling() }, { limits });
    expect((await client('POST', INFER, { body: tensorBody([1, 2]) })).status).toBe(200);
    expect((await client('POST', INFER, { body })).status).toBe(400);
  });

  it('503 with Retry-After for a body that finds no room, without reading a byte; the next one after that goes well', async () => {
    const slow = gated();
    const limits = { bodyBytes: 4_096, bufferedBytes: 4_096 };
    const { client, registry, handler } = await serving({ slow: slow.definition, m: doubling() }, { limits });
    const large = tensorBody([1, 2], { parameters: { a: 'x'.repeat(3_000) } });
    const waiting = client('POST', '/v2/models/slow/infer', { body: large });
    await until(() => registry.status('slow').waiting === 1);
    const body = counted(2_048);
    const refused = await handler(post(INFER, body.stream, { 'content-length': '2048' }));
    expect([refused.status, body.taken]).toEqual([503, 0]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const unannounced = counted(2_048, 512);
    expect((await handler(post(INFER, unannounced.stream))).status).toBe(503);
    expect(unannounced.taken).toBeLessThan(2_048);
    slow.open();
    expect((await waiting).status).toBe(200);
    expect((await client('POST', INFER, { body: large })).status).toBe(200);
  });

  it('lets nobody take the room for bodies by announcing what is not sent', async () => {
    const limits = { bodyBytes: 4_096, bufferedBytes: 4_096 };
    const { client, handler } = await serving({ m: doubling() }, { limits });
    let end = () => {};
    const silent = new ReadableStream({
      start: (controller) => {
        end = () => controller.close();
      },
    });
    const announcing = handler(post(INFER, silent, { 'content-length': '4096' }));
    expect((await client('POST', INFER, { body: tensorBody() })).status).toBe(200);
    end();
    expect((await announcing).status).toBe(400);
  });

  it("takes a body of curl's own type for JSON, but not from a page of another origin", async () => {
    const { client } = await serving({ m: doubling() });
    const asForm = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await client('POST', INFER, { body: tensorBody(), headers: asForm })).status).toBe(200);
    const fromPage = { ...asForm, origin: 'https://elsewhere.example' };
    expect((await client('POST', INFER, { body: tensorBody(), headers: fromPage })).status).toBe(415);
  });

  it('400 for deep JSON and forbidden keys on the way of plain JSON', async () => {
    const { client } = await serving({ m: doubling() }, { limits: { jsonDepth: 5 } });
    for (const body of [
      '[[[[[[1]]]]]]',
      `{"input":${'['.repeat(100_000)}`,
      '{"input":{"__proto__":{"a":1}}}',
      '{"input":{"constructor":{"prototype":{}}}}',
      '{',
      '[]',
      'null',
      '',
    ]) {
      expect((await client('POST', '/models/m/run', { body })).status, body.slice(0, 40)).toBe(400);
    }
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it('429 with Retry-After over the requests of one model that may be under way; the next one after that goes well', async () => {
    const slow = gated();
    const { client, registry, handler } = await serving(
      { slow: slow.definition, m: doubling() },
      { limits: { inFlight: 2 } },
    );
    const waiting = [1, 2].map(() => client('POST', '/v2/models/slow/infer', { body: tensorBody() }));
    await until(() => registry.status('slow').waiting === 2);
    const body = counted(10_000);
    const response = await handler(post('/v2/models/slow/infer', body.stream));
    expect([response.status, body.taken]).toEqual([429, 0]);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await client('POST', INFER, { body: tensorBody() })).status).toBe(200);
    slow.open();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await client('POST', '/v2/models/slow/infer', { body: tensorBody() })).status).toBe(200);
  });

  it('429 over the requests that may wait for one model that is not loaded', async () => {
    const slow = gated();
    const { client, registry } = await serving({ slow: slow.definition }, { limits: { queue: 1 } });
    const waiting = client('POST', '/v2/models/slow/infer', { body: tensorBody() });
    await until(() => registry.status('slow').waiting === 1);
    expect((await client('POST', '/v2/models/slow/infer', { body: tensorBody() })).status).toBe(429);
    slow.open();
    expect((await waiting).status).toBe(200);
  });

  it("429 over a model's own maxQueue", async () => {
    const slow = gated();
    const { client, registry } = await serving({ slow: { ...slow.definition, maxQueue: 1 } });
    const waiting = client('POST', '/v2/models/slow/infer', { body: tensorBody() });
    await until(() => registry.status('slow').waiting === 1);
    const full = await client('POST', '/v2/models/slow/infer', { body: tensorBody() });
    expect([full.status, full.headers.get('warmset-error-code')]).toEqual([429, 'ERR_QUEUE_FULL']);
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
    slow.open();
    expect((await waiting).status).toBe(200);
  });
});
