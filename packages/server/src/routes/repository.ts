import type { RepositoryIndexEntry, RepositoryState } from '@warmset/open-inference';
import type { ModelState, ModelStatus } from '@warmset/registry';
import { type Context, Hono } from 'hono';
import type { ServerContext } from '../context.js';
import { jsonAnswer, toResponse } from '../http/answer.js';
import { checkContentLength, readBody } from '../http/body.js';
import { endpoint } from '../http/endpoint.js';
import { HttpError } from '../http/http-error.js';
import { parseJsonBody } from '../http/json-body.js';
import { safeFailure } from '../http/safe-text.js';
import { findModel, VERSION } from '../infer/find-model.js';

const STATES: Readonly<Record<ModelState, RepositoryState>> = {
  idle: 'UNAVAILABLE',
  queued: 'LOADING',
  loading: 'LOADING',
  ready: 'READY',
  draining: 'UNLOADING',
  failed: 'UNAVAILABLE',
};

/** No control request is longer. */
const CONTROL_BYTES = 64 * 1024;

/** [Triton's model repository extension](https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md). */
export function repositoryRoutes(context: ServerContext): Hono {
  const app = new Hono({ strict: false });
  const { registry, admin } = context;

  endpoint(app, '/v2/repository/index', {
    POST: async (c) => {
      const { ready } = await controlBody(context, c);
      if (ready !== undefined && typeof ready !== 'boolean')
        throw new HttpError(400, 'Field ready: expected true or false.');
      const entries = registry.snapshot().models.map(indexEntry);
      return toResponse(
        jsonAnswer(ready === true ? entries.filter(({ state }) => state === 'READY') : entries),
      );
    },
  });

  endpoint(app, '/v2/repository/models/:model/load', {
    POST: async (c) => {
      await admin.check(c.req.raw);
      const { name } = findModel(context, c.req.param('model') ?? '');
      refuseParameters(await controlBody(context, c));
      await registry.load(name, { timeoutMs: context.settings.limits.requestMs, signal: c.req.raw.signal });
      return toResponse(jsonAnswer({}));
    },
  });

  endpoint(app, '/v2/repository/models/:model/unload', {
    POST: async (c) => {
      await admin.check(c.req.raw);
      const { name } = findModel(context, c.req.param('model') ?? '');
      await controlBody(context, c);
      await registry.evict(name);
      return toResponse(jsonAnswer({}));
    },
  });
  return app;
}

function indexEntry({ name, state, error, loads }: ModelStatus): RepositoryIndexEntry {
  return { name, version: VERSION, state: STATES[state], reason: reason() };

  function reason(): string {
    if (state === 'failed' && error !== undefined) return safeFailure(name, error);
    if (state !== 'idle') return '';
    return loads > 0 ? 'unloaded; the next request loads it' : 'not loaded yet; the first request loads it';
  }
}

/** A control request may come without a body. @throws HttpError 400, 413 */
async function controlBody({ settings }: ServerContext, c: Context): Promise<Record<string, unknown>> {
  checkContentLength(c.req.header('content-length'), CONTROL_BYTES);
  const bytes = await readBody(c.req.raw, CONTROL_BYTES);
  if (bytes.length === 0) return {};
  const body = parseJsonBody(bytes, settings.limits.jsonDepth);
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  throw new HttpError(400, 'Expected a JSON object.');
}

/** What Triton lets a client bring along would let it decide which files this server opens. */
function refuseParameters({ parameters }: Record<string, unknown>): void {
  if (parameters === undefined || parameters === null) return;
  if (typeof parameters !== 'object' || Array.isArray(parameters)) {
    throw new HttpError(400, 'Field parameters: expected an object.');
  }
  const brought = Object.keys(parameters).find((name) => name === 'config' || name.startsWith('file:'));
  if (brought === undefined) return;
  throw new HttpError(
    400,
    `Parameter ${brought.slice(0, 60)}: a model's configuration and files are the server's; they cannot be sent.`,
  );
}
