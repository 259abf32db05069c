import { Hono } from 'hono';
import type { ServerContext } from '../context.js';
import { jsonAnswer, toResponse } from '../http/answer.js';
import { endpoint } from '../http/endpoint.js';
import { retryAfter } from '../http/error-answer.js';
import { loadMsOf } from '../infer/cold.js';
import { findModel } from '../infer/find-model.js';
import { plainJson } from '../infer/plain-json.js';
import { serve } from '../infer/serve.js';
import { statusLinkFrom } from '../infer/status-link.js';
import { serveStreamed } from '../infer/streamed.js';
import { webCall } from '../infer/web-call.js';
import { publicExplanation } from '../public-explanation.js';
import { publicStatus } from '../public-snapshot.js';

/** Warmset's own view of a model: run it through its pipeline, see how it does, and, for admins, move it. */
export function modelRoutes(context: ServerContext): Hono {
  const app = new Hono({ strict: false });
  const { registry, admin, settings } = context;
  const exchange = plainJson(settings);

  endpoint(app, '/models/:model', {
    GET: (c) => {
      const handle = findModel(context, c.req.param('model') ?? '');
      const status = publicStatus(handle.status());
      const isComing = status.state === 'queued' || status.state === 'loading';
      return toResponse(
        jsonAnswer(status, 200, isComing ? retryAfter(loadMsOf(context, handle.name)) : undefined),
      );
    },
  });

  endpoint(app, '/models/:model/explain', {
    GET: (c) => {
      const handle = findModel(context, c.req.param('model') ?? '');
      return toResponse(jsonAnswer(publicExplanation(handle.explain())));
    },
  });

  const runPath = '/models/:model/run';
  endpoint(app, runPath, {
    POST: async (c) => {
      const call = webCall(c, statusLinkFrom(context, runPath, c.req.param('model') ?? ''));
      const isStreamed = c.req.query('stream') !== undefined;
      return toResponse(
        isStreamed ? serveStreamed(context, call, exchange) : await serve(context, call, exchange),
      );
    },
  });

  const actions = {
    load: (name: string, signal: AbortSignal) =>
      registry.load(name, { timeoutMs: settings.limits.requestMs, signal }).then(publicStatus),
    reload: (name: string) => registry.reload(name).then(publicStatus),
    evict: (name: string) => registry.evict(name),
  };
  for (const [action, act] of Object.entries(actions)) {
    endpoint(app, `/models/:model/${action}`, {
      POST: async (c) => {
        await admin.check(c.req.raw);
        const { name } = findModel(context, c.req.param('model') ?? '');
        return toResponse(jsonAnswer(await act(name, c.req.raw.signal)));
      },
    });
  }
  return app;
}
