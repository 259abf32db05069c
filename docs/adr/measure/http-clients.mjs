/**
 * ADR 0014: what a small POST and its answer take of the client's CPU time, 64 at a time, by client. The server is a
 * process of its own. `node docs/adr/measure/http-clients.mjs`
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importDependency, nanoseconds, print } from './lib.mjs';

/** About what a request of 13 features and its answer are. */
const BODY = Buffer.alloc(250);
const ANSWER = Buffer.alloc(200);
const AT_A_TIME = 64;
const REQUESTS = 2_000;

if (process.argv[2] === 'serve') await serve();
else await measure();

async function serve() {
  const listener = (incoming, response) => {
    incoming.resume().on('end', () => response.writeHead(200, { 'content-length': 200 }).end(ANSWER));
  };
  const tcp = createServer(listener).listen(0, '127.0.0.1');
  const unix = createServer(listener).listen(process.argv[3]);
  await Promise.all([tcp, unix].map((server) => once(server, 'listening')));
  process.on('disconnect', () => process.exit());
  process.send(tcp.address().port);
}

async function measure() {
  const { Pool } = await importDependency('undici', 'adapters-remote');
  const folder = mkdtempSync(join(tmpdir(), 'warmset-adr-'));
  const socketPath = join(folder, 'server.sock');
  const server = fork(fileURLToPath(import.meta.url), ['serve', socketPath]);
  const [port] = await once(server, 'message');
  const url = `http://127.0.0.1:${port}`;
  const tcp = new Pool(url, { connections: AT_A_TIME });
  const unix = new Pool('http://localhost', { connections: AT_A_TIME, socketPath });
  const agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME });
  const clients = {
    'fetch of Node, TCP': () =>
      fetch(url, { method: 'POST', body: BODY }).then((answer) => answer.arrayBuffer()),
    'node:http, TCP': () => nodeHttp({ agent, host: '127.0.0.1', port }),
    'node:http, Unix socket': () => nodeHttp({ agent, socketPath }),
    'undici request(), TCP': () =>
      tcp.request({ path: '/', method: 'POST', body: BODY }).then(({ body }) => body.bytes()),
    'undici dispatch(), TCP': () => dispatched(tcp),
    'undici dispatch(), Unix socket': () => dispatched(unix),
  };
  for (const [name, send] of Object.entries(clients)) {
    print(name, await nanoseconds(REQUESTS, (count) => sendAll(send, count)));
  }
  server.disconnect();
  agent.destroy();
  await Promise.all([tcp.close(), unix.close()]);
  rmSync(folder, { recursive: true, force: true });
}

async function sendAll(send, count) {
  let left = count;
  const one = async () => {
    while (left > 0) {
      left -= 1;
      await send();
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
}

function nodeHttp(where) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': BODY.length };
    request({ ...where, method: 'POST', path: '/', headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve(Buffer.concat(chunks)));
    })
      .on('error', reject)
      .end(BODY);
  });
}

function dispatched(pool) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    pool.dispatch(
      { path: '/', method: 'POST', body: BODY },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve(Buffer.concat(chunks)),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}
