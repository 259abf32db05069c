/**
 * A registry in a Fastify application.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ModelMap, ModelRegistry } from '@warmset/registry';
import type { FastifyInstance } from 'fastify';
import { createHandler } from '../handler.js';
import type { ServerOptions } from '../options.js';
import { nodeListener } from './node-listener.js';

const SWEEP_MS = 100;

export interface WarmsetPluginOptions extends Omit<ServerOptions, 'basePath'> {
  /** `any` model: the names that count are those in requests' paths. */
  registry: ModelRegistry<ModelMap>;
  /** Fastify's own: what stands before every path. */
  prefix?: string;
}

/**
 * A Fastify plugin that answers everything under its prefix.
 *
 * ```ts
 * await app.register(warmset, { prefix: '/models', registry });
 * ```
 *
 * When Fastify closes, readiness turns red and event streams end; the registry is yours to close.
 *
 * @throws WarmsetError as {@link createHandler}
 */
export async function warmset(
  app: FastifyInstance,
  { registry, prefix: _prefix, ...options }: WarmsetPluginOptions,
): Promise<void> {
  const handler = createHandler(registry, { ...options, basePath: app.prefix });
  const listener = nodeListener(handler);
  void handler.start();
  app.addHook('preClose', async () => {
    handler.drain();
    handler.close();
    // Fastify closes the connections that are idle once; that of a stream is only when its end has been sent.
    const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
    app.server.once('close', () => clearInterval(sweep));
  });
  // Bodies are read by what knows their limits; what Fastify would parse could not be had in binary.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.all('/*', (request, reply) => {
    reply.hijack();
    return answer(request.raw, reply.raw);
  });
  app.all('/', (request, reply) => {
    reply.hijack();
    return answer(request.raw, reply.raw);
  });

  function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return listener(request, response);
  }
}
