import { Hono } from 'hono';
import type { ServerContext } from '../context.js';
import { dashboardPage } from '../dashboard/page.js';
import { type Answer, toResponse } from '../http/answer.js';
import { endpoint } from '../http/endpoint.js';

/** A page that shows the registry live, from `/events` and `/models/{model}/explain`. */
export function dashboardRoutes({ settings }: ServerContext): Hono {
  const app = new Hono({ strict: false });
  let page: Promise<Answer> | undefined;
  endpoint(app, '/dashboard', {
    GET: async () => {
      // Most servers are never looked at, so its text is read with the first request for it.
      page ??= import('#dashboard-assets').then((assets) => dashboardPage(assets, settings));
      return toResponse(await page);
    },
  });
  return app;
}
