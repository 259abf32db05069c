import { Hono } from 'hono';
import type { ServerContext } from '../context.js';
import { toResponse } from '../http/answer.js';
import { endpoint } from '../http/endpoint.js';
import { openInference } from '../infer/open-inference.js';
import { serve } from '../infer/serve.js';
import { statusLinkFrom } from '../infer/status-link.js';
import { serveStreamed } from '../infer/streamed.js';
import { webCall } from '../infer/web-call.js';

/** `POST /v2/models/{model}[/versions/{version}]/infer`. */
export function inferRoutes(context: ServerContext): Hono {
  const app = new Hono();
  const exchange = openInference(context.settings);
  for (const path of ['/v2/models/:model/infer', '/v2/models/:model/versions/:version/infer']) {
    endpoint(app, path, {
      POST: async (c) => {
        const call = webCall(c, statusLinkFrom(context, path, c.req.param('model') ?? ''));
        const isStreamed = c.req.query('stream') !== undefined;
        return toResponse(
          isStreamed ? serveStreamed(context, call, exchange) : await serve(context, call, exchange),
        );
      },
    });
  }
  return app;
}
