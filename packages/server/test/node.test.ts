import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelRegistry } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { createServer, type NodeServerOptions } from '../src/mounts/node.js';
import { closeAfter, doubling, gated, silent, tensorBody } from './support/models.js';

async function started(models: object, options: NodeServerOptions = {}) {
  const registry = new ModelRegistry({
    models: models as Record<string, ReturnType<typeof doubling>>,
    isolation: 'inline',
  });
  const server = createServer(registry, { logger: silent, ...options });
  closeAfter(() => server.close({ timeoutMs: 500, graceMs: 0 }));
  return { registry, server, url: await server.listen({ port: 0 }) };
}

const infer = (url: string, model: string) =>
  fetch(`${url}/v2/models/${model}/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(tensorBody()),
  });

/** What comes back on a socket until it is closed. */
async function raw(url: string, write: (socket: Socket) => void): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  write(socket);
  await once(socket, 'close');
  return text;
}

describe('createServer', () => {
  it('leads from / to the dashboard, where there is one', async () => {
    const { url } = await started({ m: doubling() }, { basePath: '/inference' });
    const home = await fetch(`${url}/`, { redirect: 'manual' });
    expect([home.status, home.headers.get('location')]).toEqual([302, '/inference/dashboard']);
    expect((await fetch(`${url}/`)).headers.get('content-type')).toContain('text/html');
    const without = await started({ m: doubling() }, { routes: { dashboard: false } });
    expect((await fetch(`${without.url}/`)).status).toBe(404);
  });

  it('refuses headers that are too large, too slow, or no HTTP', async () => {
    const { url } = await started(
      { m: doubling() },
      { connections: { headerBytes: 2_048, headersMs: 50, receiveMs: 100 } },
    );
    expect(
      await raw(url, (socket) =>
        socket.write(`GET /health HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(4_000)}\r\n\r\n`),
      ),
    ).toMatch(/^HTTP\/1\.1 431 /);
    expect(await raw(url, (socket) => socket.write('no http\r\n\r\n'))).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(url, (socket) => socket.write('GET /health HTTP/1.1\r\nhost: x\r\n'))).toMatch(
      /^HTTP\/1\.1 408 /,
    );
    const slowBody =
      'POST /v2/models/m/infer HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{';
    expect(await raw(url, (socket) => socket.write(slowBody))).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await infer(url, 'm')).status).toBe(200);
  });

  it('survives a body that ends early', async () => {
    const { url } = await started({ m: doubling() });
    await raw(url, (socket) => {
      socket.write('POST /v2/models/m/infer HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
      setImmediate(() => socket.destroy());
    });
    expect((await infer(url, 'm')).status).toBe(200);
  });

  it('listens on a Unix socket', async () => {
    const registry = new ModelRegistry({ models: { m: doubling() } });
    const server = createServer(registry, { logger: silent });
    closeAfter(() => server.close({ graceMs: 0 }));
    const path = join(mkdtempSync(join(tmpdir(), 'warmset-server-')), 's');
    expect(await server.listen({ path })).toBe(path);
    const socket = connect(path).setEncoding('utf8');
    socket.write('GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const [text] = await once(socket, 'data');
    expect(text).toContain('200 OK');
  });

  it('listens only after the preload where asked to', async () => {
    const slow = gated();
    const server = createServer(new ModelRegistry({ models: { slow: slow.definition } }), {
      logger: silent,
      preload: 'all',
    });
    closeAfter(() => server.close({ graceMs: 0 }));
    const listening = server.listen({ port: 0, afterPreload: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.server.listening).toBe(false);
    slow.open();
    expect((await fetch(`${await listening}/readyz`)).status).toBe(200);
  });

  it('rejects where the port is in use', async () => {
    const { url } = await started({ m: doubling() });
    const second = createServer(new ModelRegistry({ models: { m: doubling() } }), { logger: silent });
    await expect(second.listen({ port: Number(new URL(url).port) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it('closes with what it has accepted answered, also what waits for a load, and ends event streams', async () => {
    const slow = gated();
    const { url, server, registry } = await started({ slow: slow.definition });
    const events = await fetch(`${url}/events`);
    const answer = infer(url, 'slow');
    while (slow.loads === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const closed = server.close({ timeoutMs: 20_000, graceMs: 0 });
    expect(server.close()).toBe(closed);
    expect(await events.text()).toContain('snapshot');
    slow.open();
    expect((await answer).status).toBe(200);
    await closed;
    expect(registry.snapshot().state).toBe('closed');
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  it('goes on answering for a moment by default, and tells clients to let go of their connections', async () => {
    const { url, server } = await started({ m: doubling() });
    const closed = server.close();
    const { status, headers } = await infer(url, 'm');
    expect([status, headers.get('connection')]).toEqual([200, 'close']);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    await closed;
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  it('closes within its limit where a request does not end', async () => {
    const slow = gated();
    const { url, server } = await started({ slow: slow.definition });
    const answer = infer(url, 'slow').catch(() => 'cut off');
    while (slow.loads === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.close({ timeoutMs: 50 });
    expect([503, undefined]).toContain(((await answer) as Response).status);
  });

  it('refuses options that it does not know', () => {
    const registry = new ModelRegistry({ models: { m: doubling() } });
    expect(() => createServer(registry, { connections: { headersBytes: 1 } as object })).toThrow(
      /no option connections.headersBytes; known are headerBytes/,
    );
  });
});

describe('closeOnSignals', () => {
  it('answers every accepted request on SIGTERM under load, and exits 0', { timeout: 60_000 }, async () => {
    const script = fileURLToPath(new URL('support/signal-server.ts', import.meta.url));
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', '--conditions', 'source', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
    const url = String(line).trim();
    const statuses: number[] = [];
    let stopped = false;
    const client = async () => {
      while (!stopped) {
        try {
          statuses.push((await infer(url, 'm')).status);
        } catch {
          // Not accepted: the port is closed.
          stopped = true;
        }
      }
    };
    const clients = Array.from({ length: 16 }, client);
    while (statuses.length < 200) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    await Promise.all(clients);
    expect(code).toBe(0);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});
