import { once } from 'node:events';
import { connect } from 'node:net';
import { defineModel, ModelRegistry } from '@warmset/registry';
import { expect, it } from 'vitest';
import { createServer, type NodeServerOptions } from '../src/mounts/node.js';
import { closeAfter, doubling, silent, tensorBody, until } from './support/models.js';

async function started(options: NodeServerOptions = {}) {
  const registry = new ModelRegistry({
    models: { m: doubling(), large: defineModel({ load: () => ({}), run: () => 'x'.repeat(32 * 2 ** 20) }) },
    isolation: 'inline',
  });
  const server = createServer(registry, { logger: silent, ...options });
  closeAfter(() => server.close({ timeoutMs: 500, graceMs: 0 }));
  return {
    close: server.close,
    server: server.server,
    port: Number(new URL(await server.listen({ port: 0 })).port),
  };
}

/** What comes back until the connection is closed. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

const HEAD = 'POST /v2/models/m/infer HTTP/1.1\r\nhost: a\r\n';

it.each([
  ['a length that is none', `${HEAD}content-length: -5\r\n\r\n`, 400],
  ['two lengths', `${HEAD}content-length: 5\r\ncontent-length: 6\r\n\r\n`, 400],
  ['a length and chunks', `${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00', 400],
  ['headers without end', `${HEAD}x: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ['a host that is none', 'GET /health HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n', 400],
  ['no path', 'OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 400],
])('%s is answered in the form of all errors', async (_what, text, status) => {
  const { port } = await started();
  const [head = '', body = ''] = (await raw(port, text)).split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head.toLowerCase()).toContain('x-content-type-options: nosniff');
  expect(JSON.parse(body)).toEqual({ error: expect.any(String) });
});

it('garbage behind a request does not get into its answer', async () => {
  const { port } = await started();
  const body = JSON.stringify(tensorBody());
  const text = `${HEAD}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}\x00\x00`;
  const answer = await raw(port, text);
  expect(answer.match(/HTTP\/1\.1 \d+/g)?.[0]).toMatch(/ (200|400)$/);
  expect(answer.match(/HTTP\/1\.1 \d+/g)?.length).toBe(1);
});

it('a health check of HTTP/1.0 need name no host', async () => {
  const { port } = await started();
  expect(await raw(port, 'GET /readyz HTTP/1.0\r\n\r\n')).toContain('200 OK');
});

it('a header that never ends does not hold up the close for longer than headers may take', async () => {
  const { close, server, port } = await started({ connections: { headersMs: 10 } });
  const connected = once(server, 'connection');
  const answer = raw(port, 'GET /health HTTP/1.1\r\nho');
  await connected;
  // Past its limit, which is longer than that of the test, the connection would be cut off without an answer.
  await close({ timeoutMs: 60_000, graceMs: 0 });
  expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
});

it('a client that does not read its answer is dropped', async () => {
  const { server, port } = await started({ connections: { sendMs: 50 } });
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}).pause();
  let dropped = 0;
  server.on('connection', (one) => one.once('close', () => (dropped += 1)));
  socket.write(
    'POST /models/large/run HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"input":1}',
  );
  await until(() => dropped === 1);
  socket.destroy();
});
