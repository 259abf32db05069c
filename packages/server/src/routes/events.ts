import { Hono } from 'hono';
import type { ServerContext } from '../context.js';
import { SSE_HEADERS } from '../events/sse-stream.js';
import { toResponse } from '../http/answer.js';
import { endpoint } from '../http/endpoint.js';

/** What happens in the registry, as server-sent events, and a snapshot every few seconds. */
export function eventRoutes({ hub }: ServerContext): Hono {
  const app = new Hono({ strict: false });
  endpoint(app, '/events', {
    GET: (c) => {
      // `HEAD` must not hold a stream that nobody reads.
      if (c.req.method === 'HEAD') return toResponse({ status: 200, headers: SSE_HEADERS, body: '' });
      return toResponse({
        status: 200,
        headers: SSE_HEADERS,
        body: hub.connect(c.req.header('last-event-id')),
      });
    },
  });
  return app;
}
