import type { Context, Hono } from 'hono';
import { HttpError } from './http-error.js';

type Verb = 'GET' | 'POST';
type Handler = (c: Context) => Response | Promise<Response>;

/** Answers on one path; any other verb is refused with 405 and what would be right. */
export function endpoint(app: Hono, path: string, handlers: Partial<Record<Verb, Handler>>): void {
  const verbs = Object.entries(handlers);
  for (const [verb, handler] of verbs) app.on(verb, path, handler);
  const allowed = verbs.map(([verb]) => (verb === 'GET' ? 'GET, HEAD' : verb)).join(', ');
  app.all(path, (c) => {
    throw new HttpError(405, `${c.req.method} is not for this path; it takes ${allowed}.`, {
      headers: { allow: allowed },
    });
  });
}
