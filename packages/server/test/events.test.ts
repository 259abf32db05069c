import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { broken, doubling, serving, tensorBody } from './support/models.js';

/** Reads server-sent events one by one. */
function reader(response: Response) {
  const source = response.body?.getReader();
  if (source === undefined) throw new Error('no body');
  const decoder = new TextDecoder();
  let buffered = '';
  return {
    async next(): Promise<{ id: string | undefined; event: string; data: Record<string, unknown> }> {
      for (;;) {
        const end = buffered.indexOf('\n\n');
        if (end >= 0) {
          const block = buffered.slice(0, end);
          buffered = buffered.slice(end + 2);
          if (!block.includes('data: ')) continue;
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
          return { id: field('id'), event: field('event') ?? '', data: JSON.parse(field('data') ?? '') };
        }
        const { done, value } = await source.read();
        if (done) throw new Error('the stream ended');
        buffered += decoder.decode(value, { stream: true });
      }
    },
    cancel: () => source.cancel(),
    source,
  };
}

const connect = (handler: (request: Request) => Promise<Response>, headers: Record<string, string> = {}) =>
  handler(new Request('http://server/events', { headers }));

describe('GET /events', () => {
  it('gives a snapshot, then what happens, and after a break what was missed', async () => {
    const { handler, registry } = await serving({ m: doubling(), broken: broken() });
    const first = reader(await connect(handler));
    expect(await first.next()).toMatchObject({
      event: 'snapshot',
      data: { models: [{ name: 'm', state: 'idle' }, { name: 'broken' }] },
    });
    await registry.load('m');
    expect(await first.next()).toMatchObject({ event: 'state', data: { name: 'm', to: 'queued' } });
    const seen = await first.next();
    expect(seen).toMatchObject({ event: 'state', data: { to: 'loading' } });
    await first.cancel();
    await registry.load('broken').catch(() => {});
    const second = reader(await connect(handler, { 'last-event-id': seen.id ?? '' }));
    const events = [];
    for (let next = await second.next(); next.event !== 'snapshot'; next = await second.next())
      events.push(next);
    const told = events.map(({ event, data }) => (event === 'state' ? `${data.name} ${data.to}` : event));
    expect(told).toContain('m ready');
    expect(told).not.toContain('m loading');
    const failed = events.find(({ event }) => event === 'failed');
    expect(failed?.data).toMatchObject({
      name: 'broken',
      error: { code: 'ERR_LOAD_FAILED', message: expect.not.stringContaining('/work/') },
    });
    await second.cancel();
  });

  it.each(['', 'x', 'deadbeef-1', '1', '../../x-5', '🙂'])(
    'takes the Last-Event-ID %j for that of a stranger',
    async (id) => {
      const { handler, registry } = await serving({ m: doubling() });
      await registry.load('m');
      const events = reader(await connect(handler, { 'last-event-id': encodeURI(id) }));
      expect((await events.next()).event).toBe('snapshot');
      await events.cancel();
    },
  );

  it('sends snapshots and heartbeats in between', async () => {
    const { handler } = await serving({ m: doubling() }, { events: { snapshotMs: 5, heartbeatMs: 5 } });
    const events = reader(await connect(handler));
    for (let count = 0; count < 3; count += 1) expect((await events.next()).event).toBe('snapshot');
    await events.cancel();
    const beats = reader(await connect(handler));
    let text = '';
    while (!text.includes('\n:\n')) text += new TextDecoder().decode((await beats.source.read()).value);
    await beats.cancel();
  });

  it('takes so many clients and no more, and the next one when one has gone', async () => {
    const { handler } = await serving({ m: doubling() }, { events: { maxClients: 2 } });
    const clients = [await connect(handler), await connect(handler)];
    const refused = await connect(handler);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    await clients[0]?.body?.cancel();
    const next = await connect(handler);
    expect(next.status).toBe(200);
    for (const { body } of [clients[1], next] as Response[]) await body?.cancel();
  });

  it('drops a client that does not read', async () => {
    const { handler, registry } = await serving(
      { m: doubling() },
      { events: { bufferBytes: 4_096, maxClients: 1 } },
    );
    const slow = await connect(handler);
    for (let turn = 0; turn < 20; turn += 1) {
      await registry.load('m');
      await registry.evict('m');
    }
    await expect(slow.text()).rejects.toThrow(/too slowly/);
    expect((await connect(handler)).status).toBe(200);
  });

  it('ends its streams when the handler is closed', async () => {
    const { handler, registry } = await serving({ m: doubling() });
    const events = await connect(handler);
    handler.close();
    expect(await events.text()).toContain('event: snapshot');
    await registry.load('m');
    await delay(0);
  });

  it('holds no stream for HEAD', async () => {
    const { handler, client } = await serving({ m: doubling() }, { events: { maxClients: 1 } });
    expect((await client('HEAD', '/events')).status).toBe(200);
    const events = await connect(handler);
    expect(events.status).toBe(200);
    await events.body?.cancel();
    expect((await client('POST', '/v2/models/m/infer', { body: tensorBody() })).status).toBe(200);
  });
});
