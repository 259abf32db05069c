/**
 * A registry's own server, on `node:http`.
 * @module
 */
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { ModelMap, ModelRegistry } from '@warmset/registry';
import { group, milliseconds, whole } from '@warmset/registry/adapter';
import closeWithGrace from 'close-with-grace';
import { contextOf, createHandler, type Handler } from '../handler.js';
import type { Answer } from '../http/answer.js';
import type { ServerOptions } from '../options.js';
import { dropUnread, refuseUnreadable } from './node-connection.js';
import { writeAnswer } from './node-infer.js';
import { nodeListener } from './node-listener.js';

/** What a connection may ask for, before any route is looked at. */
export interface ConnectionOptions {
  /** Of a request's headers together, in bytes. Default 16 KiB. */
  headerBytes?: number;
  /** How long the headers of a request may take. Default 10 000. */
  headersMs?: number;
  /** How long a whole request may take to arrive. Default 60 000. */
  receiveMs?: number;
  /** How long a client that has stopped to read its answer is waited for. Default 30 000. */
  sendMs?: number;
  /** How long a connection may be idle between two requests. Default 65 000: longer than the usual load balancer's 60 s. */
  keepAliveMs?: number;
  /** Connections at a time; more are refused. Default `Infinity`. */
  maxConnections?: number;
}

export interface NodeServerOptions extends ServerOptions {
  connections?: ConnectionOptions;
}

export interface ListenOptions {
  /** Default 8080; 0 is any free one. */
  port?: number;
  /** Default `127.0.0.1`: this machine only. */
  host?: string;
  /** A Unix socket instead of a port. */
  path?: string;
  /** Listens only once the preload has tried every model. Default `false`: it goes on in the background. */
  afterPreload?: boolean;
}

export interface CloseOptions {
  /** How long accepted requests may take, in milliseconds. Default 25 000. */
  timeoutMs?: number;
  /**
   * How long it goes on taking requests once readiness is red, so that a load balancer has seen that before the port
   * closes, and clients have let go of connections that they keep; counts against `timeoutMs`. Default 500.
   */
  graceMs?: number;
}

/** A server that listens, and closes without failing an accepted request. */
export interface WarmsetServer {
  readonly server: Server;
  readonly handler: Handler;
  /** Where it listens: `http://127.0.0.1:8080`, or the path of its socket. */
  listen(options?: ListenOptions): Promise<string>;
  /** Turns readiness red, lets accepted requests finish, and closes the registry. Idempotent. */
  close(options?: CloseOptions): Promise<void>;
}

const DEFAULT_PORT = 8080;
const CLOSE_LIMIT_MS = 25_000;
const GRACE_MS = 500;
/** How often a server that closes looks for connections that have become idle. */
const SWEEP_MS = 100;

const checkConnections = group({
  headerBytes: whole(1_024, 16 * 2 ** 10),
  headersMs: milliseconds(10_000),
  receiveMs: milliseconds(60_000),
  sendMs: milliseconds(30_000),
  keepAliveMs: milliseconds(65_000),
  maxConnections: whole(1, Number.POSITIVE_INFINITY),
});

/**
 * A server for a registry.
 *
 * ```ts
 * const server = createServer(registry, { preload: 'all' });
 * console.log(await server.listen({ port: 8080 }));
 * closeOnSignals(server);
 * ```
 *
 * @throws WarmsetError as {@link createHandler}
 */
export function createServer<Models extends ModelMap>(
  registry: ModelRegistry<Models>,
  { connections, ...options }: NodeServerOptions = {},
): WarmsetServer {
  const limits = checkConnections('connections', connections);
  const handler = createHandler(registry, options);
  const listener = nodeListener(handler);
  const { logger, routes, basePath } = contextOf(handler).settings;
  // The address alone is what people type into a browser.
  const home: Answer | undefined = routes.dashboard
    ? { status: 302, headers: { location: `${basePath}/dashboard` }, body: '' }
    : undefined;
  const server = createHttpServer(nodeOptions(limits), (request, response) => {
    if (home !== undefined && request.url === '/' && request.method === 'GET')
      return writeAnswer(home, response);
    listener(request, response).catch((error: unknown) => {
      logger.error({ err: error }, 'a request was not answered');
      response.destroy();
    });
  });
  if (Number.isFinite(limits.maxConnections)) server.maxConnections = limits.maxConnections;
  server.on('clientError', refuseUnreadable);
  server.on('request', (_request, response) => dropUnread(response, finite(limits.sendMs)));
  const silent = silentConnections(server);
  let closing: Promise<void> | undefined;
  return {
    server,
    handler,
    listen: (where) => listen(server, handler, where),
    close: (how) => {
      closing ??= close(server, handler, registry as unknown as ModelRegistry, silent, how);
      return closing;
    },
  };
}

/**
 * Closes the server on `SIGTERM` and `SIGINT` and ends the process with 0; a second signal, or a close past its limit, ends it
 * at once with 1.
 *
 * @returns a function that takes the listeners for signals off again
 */
export function closeOnSignals(
  server: WarmsetServer,
  { timeoutMs = CLOSE_LIMIT_MS, graceMs = GRACE_MS }: CloseOptions = {},
): () => void {
  const { logger } = contextOf(server.handler).settings;
  const { uninstall } = closeWithGrace(
    // Its own limit is for what the server's close does not get done within its own.
    {
      delay: timeoutMs + 2_000,
      logger: { error: (error) => logger.error({ err: error }, 'the server did not close') },
    },
    async ({ err }) => {
      if (err !== undefined) logger.error({ err }, 'the server ends for an error that nobody caught');
      await server.close({ timeoutMs, graceMs });
    },
  );
  return uninstall;
}

function nodeOptions({ headerBytes, headersMs, receiveMs, keepAliveMs }: Required<ConnectionOptions>) {
  return {
    maxHeaderSize: headerBytes,
    headersTimeout: finite(headersMs),
    requestTimeout: finite(receiveMs),
    keepAliveTimeout: finite(keepAliveMs),
    // Node looks this often for connections that are past these limits.
    connectionsCheckingInterval: 1_000,
  };
}

/** Node's own word for never is 0. */
function finite(ms: number): number {
  return Number.isFinite(ms) ? ms : 0;
}

async function listen(server: Server, handler: Handler, options: ListenOptions = {}): Promise<string> {
  const { port = DEFAULT_PORT, host = '127.0.0.1', path, afterPreload = false } = options;
  const preloaded = handler.start();
  if (afterPreload) await preloaded;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path === undefined ? { port, host } : { path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return address === null || typeof address === 'string' ? (address ?? '') : urlOf(address);
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Connections that have not sent anything yet, of which Node thinks that a request is on its way. */
function silentConnections(server: Server): ReadonlySet<Socket> {
  const silent = new Set<Socket>();
  server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }) => silent.delete(socket));
  return silent;
}

async function close(
  server: Server,
  handler: Handler,
  registry: ModelRegistry,
  silent: ReadonlySet<Socket>,
  { timeoutMs = CLOSE_LIMIT_MS, graceMs = GRACE_MS }: CloseOptions = {},
): Promise<void> {
  const startedAt = performance.now();
  const leftMs = () => Math.max(0, timeoutMs - (performance.now() - startedAt));
  handler.drain();
  // So that clients let go of their connections: a request sent into one that is just being closed would be lost.
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
  if (graceMs > 0 && server.listening) await sleep(Math.min(graceMs, timeoutMs));
  handler.close();
  // Not by `server.close()`, with which Node stops to look for requests that take too long to arrive: one half of a header
  // would hold the close up to its limit.
  const closed = new Promise<void>((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
  const sweep = setInterval(() => {
    // A connection that was kept alive is idle only once its last answer is out.
    server.closeIdleConnections();
    for (const socket of silent) if (socket.bytesRead === 0) socket.destroy();
  }, SWEEP_MS);
  await Promise.race([closed, sleep(leftMs())]);
  clearInterval(sweep);
  await registry.close({ timeoutMs: leftMs() });
  server.closeAllConnections();
  await closed;
  // Ends what Node still looks for, and says that the server is closed.
  server.close(() => {});
}

/** Keeps no process alive by itself. */
function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
