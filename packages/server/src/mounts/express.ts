/**
 * A registry in an Express application.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ModelMap, ModelRegistry } from '@warmset/registry';
import { createHandler, type Handler } from '../handler.js';
import type { ServerOptions } from '../options.js';
import { nodeListener } from './node-listener.js';

/** Express middleware, and what a server around it needs. */
export interface WarmsetMiddleware extends Pick<Handler, 'start' | 'preloaded' | 'drain' | 'close'> {
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void;
}

/**
 * Express middleware that answers everything under the path that it is mounted at.
 *
 * ```ts
 * app.use('/models', warmset(registry));
 * ```
 *
 * Mount it before `express.json()`: a body that is read already has to be written again.
 *
 * @throws WarmsetError as {@link createHandler}
 */
export function warmset<Models extends ModelMap>(
  registry: ModelRegistry<Models>,
  options?: ServerOptions,
): WarmsetMiddleware {
  const handler = createHandler(registry, options);
  const listener = nodeListener(handler);
  const { start, preloaded, drain, close } = handler;
  void start();
  return Object.assign(
    (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => {
      listener(request, response).catch(next);
    },
    { start, preloaded, drain, close },
  );
}
