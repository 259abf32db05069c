import type { Context } from 'hono';
import { readBody } from '../http/body.js';
import type { Call } from './call.js';

/** A call that came as a `Request`, on a path with the parameters `model` and perhaps `version`. */
export function webCall(c: Context, statusLink: string | undefined): Call {
  const request = c.req.raw;
  return {
    model: c.req.param('model') ?? '',
    version: c.req.param('version'),
    header: (name) => request.headers.get(name),
    readBody: (limit, onBytes) => readBody(request, limit, onBytes),
    signal: request.signal,
    statusLink,
  };
}
