import { Hono } from 'hono';
import type { ServerContext } from '../context.js';
import { jsonAnswer, toResponse } from '../http/answer.js';
import { endpoint } from '../http/endpoint.js';
import { openApiDocument } from './document.js';

/** The description of all that is switched on. */
export function openApiRoutes({ settings }: ServerContext): Hono {
  const app = new Hono({ strict: false });
  const answer = jsonAnswer(openApiDocument(settings));
  endpoint(app, '/openapi.json', { GET: () => toResponse(answer) });
  return app;
}
