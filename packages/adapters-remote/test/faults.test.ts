import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { input, open, serve, until } from './support/open.js';
import type { Handler } from './support/stub-server.js';

const hang: Handler = () => {};

/** A server that speaks for itself: what it says to an infer request is written as it is. */
async function rawServer(toInfer: (socket: Socket) => void) {
  let inferred = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      if (text.startsWith('POST')) {
        inferred += 1;
        return toInfer(socket);
      }
      const body = text.includes('/ready') ? '' : '{"name":"m","platform":"raw","inputs":[],"outputs":[]}';
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, inferred: () => inferred };
}

describe('a connection that ends', () => {
  const outputs = '{"outputs":[]}';

  it.each([
    ['before the answer', ''],
    ['in its headers', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['in its body', `HTTP/1.1 200 OK\r\ncontent-length: ${outputs.length}\r\n\r\n${outputs.slice(0, 5)}`],
    ['before a body as long as it said', `HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n${outputs}`],
    ['in a chunk', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n${outputs.slice(0, 5)}`],
    ['with a reset', 'reset'],
  ])('%s, is the end of that request, which is sent once', async (_case, said) => {
    const server = await rawServer((socket) => {
      if (said === 'reset') socket.resetAndDestroy();
      else socket.end(said);
    });
    const { registry } = open({ url: server.url, model: 'm' });
    await expect(registry.run('heart', input)).rejects.toMatchObject({
      code: 'ERR_MODEL_CRASHED',
      modelName: 'heart',
      message: expect.stringMatching(
        /ended the connection before its answer was complete: .*Whether the request ran is not known\.$/,
      ),
    });
    expect(server.inferred()).toBe(1);
  });

  it('with what is no HTTP', async () => {
    const server = await rawServer((socket) => socket.end('hello\r\n\r\n'));
    const { registry } = open({ url: server.url, model: 'm' });
    await expect(registry.run('heart', input)).rejects.toMatchObject({
      code: 'ERR_RUN_FAILED',
      message: expect.stringMatching(/did not answer in HTTP: /),
    });
    expect(server.inferred()).toBe(1);
  });

  it('after an answer with more than it said, leaves the answer and the next request whole', async () => {
    const server = await rawServer((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${outputs.length}\r\n\r\n${outputs}, and more`),
    );
    const { registry } = open({ url: server.url, model: 'm' });
    expect(await registry.run('heart', input)).toEqual({});
    expect(await registry.run('heart', input)).toEqual({});
  });

  it('while nothing is under way is replaced by another', async () => {
    const server = await serve();
    const { registry } = open({ url: server.url, model: 'm' });
    await registry.run('heart', input);
    for (const socket of server.sockets) socket.destroy();
    await until(() => server.sockets.size === 0);
    expect(await registry.run('heart', input)).toEqual(input);
    expect(registry.status('heart').loads).toBe(1);
  });
});

describe('a server that is away', () => {
  it('is tried again, since nothing was sent, and answers once it is back', async () => {
    const first = await serve({ keepAlive: false });
    const { registry, clock } = open({ url: first.url, model: 'm' });
    await registry.load('heart');
    await first.stop();
    const running = registry.run('heart', input);
    // Its time-out, and the wait before a retry.
    await until(() => clock.pendingTimers === 2);
    await clock.advance(100);
    await until(() => clock.pendingTimers === 2);
    const second = await serve({ listen: { port: Number(new URL(first.url).port) } });
    await clock.advance(200);
    expect(await running).toEqual(input);
    expect(second.requests).toEqual(['POST /v2/models/m/infer']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is given up after the retries, with what is wrong', async () => {
    const server = await serve({ keepAlive: false });
    const { registry, clock } = open({ url: server.url, model: 'm', retries: 2 });
    await registry.load('heart');
    await server.stop();
    const running = registry.run('heart', input);
    running.catch(() => {});
    for (const waitMs of [100, 200]) {
      await until(() => clock.pendingTimers === 2);
      await clock.advance(waitMs);
    }
    await expect(running).rejects.toMatchObject({
      code: 'ERR_RUN_FAILED',
      message: expect.stringMatching(/cannot be reached: .*ECONNREFUSED.*Nothing was sent\.$/),
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not waited for by a caller that leaves, or past the time-out', async () => {
    const server = await serve({ keepAlive: false });
    const { registry, clock } = open({ url: server.url, model: 'm', timeoutMs: 50 });
    await registry.load('heart');
    await server.stop();
    const leaving = new AbortController();
    const left = registry.run('heart', input, { signal: leaving.signal });
    const late = registry.run('heart', input);
    late.catch(() => {});
    await until(() => clock.pendingTimers === 4);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    await clock.advance(50);
    await expect(late).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    await until(() => clock.pendingTimers === 0);
  });
});

describe('a server that hangs', () => {
  it('is given up at the time-out, and its connection closed', async () => {
    const server = await serve({ infer: hang });
    const { registry, clock } = open({ url: server.url, model: 'm', timeoutMs: 5000 });
    await registry.load('heart');
    const running = registry.run('heart', input);
    running.catch(() => {});
    await until(() => server.requests.length === 3);
    await clock.advance(4999);
    expect(registry.status('heart').leases).toBe(1);
    await clock.advance(1);
    await expect(running).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringMatching(/did not answer within 5000 ms \(timeoutMs\)\.$/),
    });
    await until(() => server.abandoned.length === 1);
    expect(registry.status('heart').leases).toBe(0);
  });

  it('is left by a caller past its own limit', async () => {
    const server = await serve({ infer: hang });
    const { registry, clock } = open({ url: server.url, model: 'm' });
    await registry.load('heart');
    const running = registry.run('heart', input, { timeoutMs: 10 });
    running.catch(() => {});
    await until(() => server.requests.length === 3);
    await clock.advance(10);
    await expect(running).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    // The run itself goes on to its own time-out.
    await clock.advance(60_000);
    await until(() => server.abandoned.length === 1);
  });

  it('is hung up on by a caller that leaves', async () => {
    const server = await serve({ infer: hang });
    const { registry } = open({ url: server.url, model: 'm' });
    const leaving = new AbortController();
    const running = registry.run('heart', input, { signal: leaving.signal });
    await until(() => server.requests.length === 3);
    leaving.abort(new Error('left'));
    await expect(running).rejects.toThrow('left');
    await until(() => server.abandoned.length === 1);
  });

  it('while it loads is given up at the registry’s limit', async () => {
    const server = await serve({ metadata: hang });
    const { registry, clock } = open({ url: server.url, model: 'm', loadTimeoutMs: 1000 });
    const loading = registry.load('heart');
    loading.catch(() => {});
    await until(() => server.requests.length === 1);
    await clock.advance(1000);
    await expect(loading).rejects.toMatchObject({ code: 'ERR_LOAD_TIMEOUT' });
    await until(() => server.abandoned.length === 1);
  });

  it('holds up those that wait for its connections, who can leave before anything of theirs is sent', async () => {
    const answer: ((value: unknown) => void)[] = [];
    const server = await serve({
      infer: (_request, response) => answer.push(() => response.end('{"outputs":[]}')),
    });
    const { registry } = open({ url: server.url, model: 'm', connections: 1 });
    const first = registry.run('heart', input);
    await until(() => answer.length === 1);
    const leaving = new AbortController();
    const second = registry.run('heart', input, { signal: leaving.signal });
    const third = registry.run('heart', input);
    leaving.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    answer[0]?.(undefined);
    expect(await first).toEqual({});
    await until(() => answer.length === 2);
    answer[1]?.(undefined);
    expect(await third).toEqual({});
    expect(server.requests.filter((request) => request.startsWith('POST'))).toHaveLength(2);
  });
});

describe('an eviction', () => {
  it('closes the connections, once and for all', async () => {
    const server = await serve();
    const { registry } = open({ url: server.url, model: 'm' });
    await Promise.all([registry.run('heart', input), registry.run('heart', input)]);
    const model = await registry.use('heart', (loaded) => loaded);
    expect(server.sockets.size).toBeGreaterThan(0);
    expect(await registry.evict('heart')).toMatchObject({ evicted: true, freedBytes: 0 });
    await until(() => server.sockets.size === 0);
    await model.close();
    await expect(model.run(input)).rejects.toMatchObject({ code: 'ERR_RUN_FAILED' });
    expect(await registry.run('heart', input)).toEqual(input);
  });
});
