import { describe, expect, it } from 'vitest';
import { broken, doubling, gated, serving, tensorBody, until } from './support/models.js';

const INFER = '/v2/models/slow/infer';
const anything = { body: tensorBody() };

describe('a request for a model that is not loaded', () => {
  it('waits for the load and is answered', async () => {
    const slow = gated();
    const { client, registry } = await serving({ slow: slow.definition });
    const answer = client('POST', INFER, anything);
    await until(() => slow.loads === 1);
    expect(registry.status('slow').waiting).toBe(1);
    slow.open();
    expect((await answer).status).toBe(200);
  });

  it.each([
    ['Prefer: wait=0', { headers: { prefer: 'wait=0' }, body: tensorBody() }],
    ['parameters.timeout of 1000 µs', { body: tensorBody([1, 2], { parameters: { timeout: 1_000 } }) }],
  ])('waits no longer than %s says', async (_what, init) => {
    const slow = gated();
    const { client, registry } = await serving({ slow: slow.definition });
    const answer = await client('POST', INFER, init);
    expect(answer).toMatchObject({ status: 503, json: { error: expect.stringContaining('limit') } });
    expect(answer.headers.get('warmset-error-code')).toBe('ERR_TIMEOUT');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(registry.status('slow').waiting).toBe(0);
  });

  it('waits no longer than the server allows', async () => {
    const slow = gated();
    const { client } = await serving({ slow: slow.definition }, { limits: { requestMs: 5 } });
    expect((await client('POST', INFER, { ...anything, headers: { prefer: 'wait=60' } })).status).toBe(503);
  });

  it('is answered 202 at once with Prefer: respond-async, while the load goes on once for all', async () => {
    const slow = gated();
    const { client, registry } = await serving({ slow: slow.definition });
    const prefer = { ...anything, headers: { prefer: 'respond-async' } };
    const first = await client('POST', INFER, prefer);
    expect(first.status).toBe(202);
    expect(first.json).toMatchObject({ name: 'slow', state: expect.stringMatching(/queued|loading/) });
    expect(first.headers.get('preference-applied')).toBe('respond-async');
    expect(first.headers.get('location')).toBe('../../../models/slow');
    expect((await client('POST', INFER, prefer)).status).toBe(202);
    expect(registry.status('slow').waiting).toBe(1);
    await until(() => slow.loads === 1);
    slow.progress(0.25);
    const link = new URL(first.headers.get('location') ?? '', `http://server${INFER}`).pathname;
    const status = await client('GET', link);
    expect(status.json).toMatchObject({ state: 'loading', load: { progress: 0.25 } });
    expect(status.headers.get('retry-after')).toBe('2');
    slow.open();
    await until(() => registry.status('slow').state === 'ready');
    expect((await client('POST', INFER, prefer)).status).toBe(200);
    expect(slow.loads).toBe(1);
  });

  it('tells the measured load time to wait for', async () => {
    const slow = gated();
    const { client, registry } = await serving({ slow: slow.definition }, { cold: 'accept' });
    await client('POST', INFER, anything);
    await until(() => slow.loads === 1);
    slow.open();
    await until(() => registry.status('slow').state === 'ready');
    await registry.evict('slow');
    const again = await client('POST', '/models/slow/run', { body: { input: 1 } });
    // Measured: less than a second. Before the first load, two are assumed.
    expect([again.status, again.headers.get('retry-after')]).toEqual([202, '1']);
    expect(again.headers.get('location')).toBe('../../models/slow');
  });

  it("is answered 503 by the option cold: 'refuse', while the load goes on", async () => {
    const slow = gated();
    const { client, registry } = await serving({ slow: slow.definition }, { cold: 'refuse' });
    const refused = await client('POST', INFER, anything);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    await until(() => registry.status('slow').state === 'loading');
  });

  it('gets the reason at once where the model cools down after a failure, asynchronous or not', async () => {
    const { client, registry } = await serving({ broken: broken() }, {}, { load: { cooldownMs: 60_000 } });
    const failed = await client('POST', '/v2/models/broken/infer', anything);
    expect(failed).toMatchObject({
      status: 503,
      json: { error: expect.stringContaining('could not be loaded') },
    });
    expect(failed.headers.get('warmset-error-code')).toBe('ERR_LOAD_FAILED');
    const cooling = await client('POST', '/v2/models/broken/infer', {
      ...anything,
      headers: { prefer: 'respond-async' },
    });
    expect([cooling.status, cooling.headers.get('retry-after')]).toEqual([503, '60']);
    expect(registry.status('broken').loadFailures).toBe(1);
  });

  it('streams its progress and then its result with ?stream', async () => {
    const slow = gated();
    const { handler } = await serving({ slow: slow.definition });
    const response = await handler(
      new Request('http://server/models/slow/run?stream', {
        method: 'POST',
        headers: { 'content-type': 'application/json', prefer: 'respond-async' },
        body: JSON.stringify({ input: { a: 1 } }),
      }),
    );
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    await until(() => slow.loads === 1);
    slow.progress(0.5);
    slow.open();
    const events = eventsOf(await response.text());
    const told = events.map(({ event, data }) => (event === 'state' ? data.to : event));
    expect(told).toEqual(['queued', 'loading', 'progress', 'ready', 'ready', 'result']);
    expect(events.find(({ event }) => event === 'progress')?.data).toMatchObject({
      name: 'slow',
      fraction: 0.5,
    });
    expect(events.at(-1)).toMatchObject({
      event: 'result',
      data: { status: 200, body: { output: { a: 1 }, cold: true } },
    });
  });

  it('streams a failure as its last event', async () => {
    const { handler } = await serving({ broken: broken() });
    const response = await handler(
      new Request('http://server/v2/models/broken/infer?stream', {
        method: 'POST',
        body: JSON.stringify(tensorBody()),
        headers: { 'content-type': 'application/json' },
      }),
    );
    const text = await response.text();
    expect(text).not.toContain('/work/');
    expect(eventsOf(text).at(-1)).toMatchObject({
      event: 'error',
      data: { status: 503, retry_after: 5, body: { error: expect.any(String) } },
    });
  });

  it('leaves the queue when its client hangs up, and the load ends with its last waiter', async () => {
    const slow = gated();
    const { handler, registry } = await serving({ slow: slow.definition });
    const hangUp = new AbortController();
    const answer = handler(
      new Request(`http://server${INFER}`, {
        method: 'POST',
        body: JSON.stringify(tensorBody()),
        headers: { 'content-type': 'application/json' },
        signal: hangUp.signal,
      }),
    );
    await until(() => registry.status('slow').waiting === 1);
    hangUp.abort();
    expect((await answer).status).toBe(499);
    expect(registry.status('slow').waiting).toBe(0);
    await until(() => slow.aborted);
  });

  it('leaves the queue when a streamed client hangs up', async () => {
    const slow = gated();
    const { handler, registry } = await serving({ slow: slow.definition });
    const response = await handler(
      new Request(`http://server${INFER}?stream`, {
        method: 'POST',
        body: JSON.stringify(tensorBody()),
        headers: { 'content-type': 'application/json' },
      }),
    );
    await until(() => registry.status('slow').waiting === 1);
    await response.body?.cancel();
    await until(() => registry.status('slow').waiting === 0);
  });

  it('is no different for a model that is loaded', async () => {
    const { client, registry } = await serving({ m: doubling() }, { cold: 'refuse' });
    await registry.load('m');
    expect(
      (await client('POST', '/v2/models/m/infer', { ...anything, headers: { prefer: 'respond-async' } }))
        .status,
    ).toBe(200);
  });
});

interface SentEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

function eventsOf(text: string): SentEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block.includes('data:'))
    .map((block) => ({
      event: /^event: (.*)$/m.exec(block)?.[1] ?? '',
      data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? 'null'),
    }));
}
