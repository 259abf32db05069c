import { Hono } from 'hono';
import { cors } from 'hono/cors';
import type { ServerContext } from './context.js';
import { toResponse } from './http/answer.js';
import { errorAnswer } from './http/error-answer.js';
import { HttpError } from './http/http-error.js';
import type { ServerMetrics } from './metrics/server-metrics.js';
import { openApiRoutes } from './openapi/routes.js';
import { dashboardRoutes } from './routes/dashboard.js';
import { eventRoutes } from './routes/events.js';
import { healthRoutes } from './routes/health.js';
import { inferRoutes } from './routes/infer.js';
import { metricsRoutes } from './routes/metrics.js';
import { modelRoutes } from './routes/models.js';
import { probeRoutes } from './routes/probes.js';
import { repositoryRoutes } from './routes/repository.js';
import { statisticsRoutes } from './routes/statistics.js';
import { v2Routes } from './routes/v2.js';

/** The routes that are switched on, under the base path. Every answer, also that to an error, is JSON of the protocol's form. */
export function createApp(context: ServerContext, metrics: ServerMetrics | undefined): Hono {
  const { routes, basePath, cors: allowed, logger } = context.settings;
  const app = new Hono({ strict: false });
  if (allowed !== undefined) app.use(cors(corsOptions(allowed.origin)));
  app.onError((error, c) => toResponse(errorAnswer(error, logger, c.req.raw.signal)));
  app.notFound(() => toResponse(errorAnswer(new HttpError(404, 'There is nothing at this path.'), logger)));

  const groups: (Hono | undefined)[] = [
    routes.v2 ? inferRoutes(context) : undefined,
    // Before the models', whose names could be `stats`.
    routes.v2 ? statisticsRoutes(context) : undefined,
    routes.v2 ? repositoryRoutes(context) : undefined,
    routes.v2 ? v2Routes(context) : undefined,
    routes.models ? modelRoutes(context) : undefined,
    routes.health ? healthRoutes(context) : undefined,
    routes.probes ? probeRoutes(context) : undefined,
    metrics === undefined ? undefined : metricsRoutes(metrics),
    routes.events ? eventRoutes(context) : undefined,
    routes.dashboard ? dashboardRoutes(context) : undefined,
    routes.openapi ? openApiRoutes(context) : undefined,
  ];
  for (const group of groups) if (group !== undefined) app.route(basePath || '/', group);
  return app;
}

function corsOptions(origin: string | readonly string[]) {
  return {
    origin: typeof origin === 'string' ? origin : [...origin],
    exposeHeaders: ['warmset-error-code', 'inference-header-content-length', 'retry-after', 'location'],
  };
}
