import { Hono } from 'hono';
import type { ServerContext } from '../context.js';
import { jsonAnswer, toResponse } from '../http/answer.js';
import { endpoint } from '../http/endpoint.js';

/** What Kubernetes and load balancers ask: does it live, should it get requests. */
export function probeRoutes({ readiness }: ServerContext): Hono {
  const app = new Hono({ strict: false });
  endpoint(app, '/livez', { GET: () => toResponse(jsonAnswer({ live: true })) });
  endpoint(app, '/readyz', {
    GET: () => {
      const report = readiness.report();
      return toResponse(jsonAnswer(report, report.ready ? 200 : 503));
    },
  });
  return app;
}
