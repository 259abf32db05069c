/**
 * The entry file of both kinds of host. It imports nothing of a runtime: the models' modules do.
 * @module
 */
import { parentPort } from 'node:worker_threads';
import { type HostPort, HostServer } from './host-server.js';
import { markHost } from './inside-host.js';
import { noMeter, processMeter } from './memory-meter.js';
import type { FromHost, ToHost } from './protocol.js';
import { packResult, unpackPiped } from './transfer.js';

markHost();
if (process.send !== undefined && parentPort === null) hostInProcess(process.send.bind(process));
else if (parentPort !== null) hostInThread(parentPort);
else throw new Error('This file is started by a registry, as a process or as a worker thread.');

function hostInProcess(send: (message: FromHost) => boolean): void {
  const port: HostPort = {
    post: (message) => void send(message),
    leave: () => process.exit(0),
  };
  const server = new HostServer(port, processMeter());
  process.on('message', (message: ToHost) => {
    if (message[0] === 'run') message[3] = unpackPiped(message[3]);
    server.receive(message);
  });
  // The server is gone, however it went. SIGKILL, since an exit handler may hang.
  const die = () => process.kill(process.pid, 'SIGKILL');
  process.on('disconnect', die);
  process.on('error', die);
  // Ctrl-C and service managers signal a whole group of processes. The server decides when its hosts end: it may
  // have requests to finish.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (server.ending) process.exit(143);
    });
  }
  server.start();
}

function hostInThread(port: NonNullable<typeof parentPort>): void {
  const server = new HostServer(
    {
      post: (message) => {
        if (message[0] !== 'ok') return port.postMessage(message);
        postResult(port, message);
      },
      leave: () => port.postMessage(['ended'] satisfies FromHost),
    },
    noMeter,
  );
  port.on('message', (message: ToHost) => server.receive(message));
  server.start();
}

function postResult(port: NonNullable<typeof parentPort>, message: FromHost & { 0: 'ok' }): void {
  const transfer: ArrayBuffer[] = [];
  const packed = ['ok', message[1], packResult(message[2], transfer)] satisfies FromHost;
  if (transfer.length === 0) return port.postMessage(packed);
  try {
    port.postMessage(packed, transfer);
  } catch {
    // A runtime may own a buffer, so that it cannot be handed over, e.g. WebAssembly memory: copied then.
    port.postMessage(packed);
  }
}
