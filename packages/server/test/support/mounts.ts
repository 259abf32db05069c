import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModelMap, ModelRegistry } from '@warmset/registry';
import express from 'express';
import { fastify } from 'fastify';
import { warmset as forExpress } from '../../src/mounts/express.js';
import { warmset as forFastify } from '../../src/mounts/fastify.js';
import { createServer } from '../../src/mounts/node.js';
import type { ServerOptions } from '../../src/options.js';
import { closeAfter } from './models.js';

/** Starts a server and gives the URL that the routes are under. */
export type Mount = (registry: ModelRegistry<ModelMap>, options: ServerOptions) => Promise<string>;

/** Every way of having the routes on a socket. */
export const mounts: Readonly<Record<string, Mount>> = {
  async node(registry, options) {
    const server = createServer(registry, options);
    closeAfter(() => server.close({ timeoutMs: 1_000, graceMs: 0 }));
    return server.listen({ port: 0 });
  },
  async 'node under a base path'(registry, options) {
    const server = createServer(registry, { ...options, basePath: '/api/warmset' });
    closeAfter(() => server.close({ timeoutMs: 1_000, graceMs: 0 }));
    return `${await server.listen({ port: 0 })}/api/warmset`;
  },
  async express(registry, options) {
    const app = express();
    app.use('/models/here', forExpress(registry, options));
    return `${await listening(app)}/models/here`;
  },
  async 'express after express.json()'(registry, options) {
    const app = express();
    app.use(express.json());
    app.use(forExpress(registry, options));
    return listening(app);
  },
  async fastify(registry, options) {
    // By default it waits for connections that have been opened and said nothing, as fetch keeps them.
    const app = fastify({ forceCloseConnections: true });
    app.get('/own', async () => ({ own: true }));
    await app.register(forFastify, { prefix: '/served', registry, ...options });
    closeAfter(() => app.close());
    return `${await app.listen({ port: 0, host: '127.0.0.1' })}/served`;
  },
};

async function listening(app: express.Express): Promise<string> {
  const server = createHttpServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeAfter(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
