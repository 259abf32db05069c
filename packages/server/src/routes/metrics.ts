import { Hono } from 'hono';
import { toResponse } from '../http/answer.js';
import { endpoint } from '../http/endpoint.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';

/** For Prometheus. */
export function metricsRoutes({ registry }: ServerMetrics): Hono {
  const app = new Hono({ strict: false });
  endpoint(app, '/metrics', {
    GET: async () =>
      toResponse({
        status: 200,
        headers: { 'content-type': registry.contentType },
        body: await registry.metrics(),
      }),
  });
  return app;
}
