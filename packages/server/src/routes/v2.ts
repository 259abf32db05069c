import { type ModelMetadata, metadataTensors, type ServerMetadata } from '@warmset/open-inference';
import { type Context, Hono } from 'hono';
import type { ServerContext } from '../context.js';
import { jsonAnswer, toResponse } from '../http/answer.js';
import { endpoint } from '../http/endpoint.js';
import { retryAfter } from '../http/error-answer.js';
import { loadMsOf } from '../infer/cold.js';
import { findModel, VERSION } from '../infer/find-model.js';
import { platformOf } from '../platform.js';
import { PACKAGE_VERSION } from '../version.js';

/** What this server adds to the protocol's core, by Triton's names. */
const EXTENSIONS = ['binary_tensor_data', 'model_repository', 'statistics'];

/** The protocol's health and metadata: see inference_rest.md of kserve/open-inference-protocol. */
export function v2Routes(context: ServerContext): Hono {
  const app = new Hono({ strict: false });
  const { registry, facts, readiness, settings } = context;

  endpoint(app, '/v2/health/live', { GET: () => toResponse(jsonAnswer({ live: true })) });
  endpoint(app, '/v2/health/ready', {
    GET: () => {
      const ready = readiness.isReady;
      return toResponse(jsonAnswer({ ready }, ready ? 200 : 503));
    },
  });
  endpoint(app, '/v2', {
    GET: () => {
      const metadata: ServerMetadata = {
        name: settings.name,
        version: PACKAGE_VERSION,
        extensions: EXTENSIONS,
      };
      return toResponse(jsonAnswer(metadata));
    },
  });

  const metadata = (c: Context) => {
    const { name } = modelOf(c);
    const loaded = facts.lastLoad(name);
    const { state } = registry.status(name);
    const body: ModelMetadata = {
      name,
      versions: [VERSION],
      platform: platformOf(loaded?.runtime),
      // A model that has never been loaded has not said yet; MLServer, too, answers with empty lists then.
      inputs: metadataTensors(loaded?.signature?.inputs ?? []),
      outputs: metadataTensors(loaded?.signature?.outputs ?? []),
      properties: { state, ...(loaded?.runtime !== undefined && { runtime: loaded.runtime }) },
    };
    return toResponse(jsonAnswer(body));
  };

  const ready = (c: Context) => {
    const { name } = modelOf(c);
    if (facts.stateOf(name) === 'ready') return toResponse(jsonAnswer({ name, ready: true }));
    // It is loaded by the first request to infer: asking whether it is ready must not load it.
    return toResponse(jsonAnswer({ name, ready: false }, 503, retryAfter(loadMsOf(context, name))));
  };

  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    endpoint(app, path, { GET: metadata });
    endpoint(app, `${path}/ready`, { GET: ready });
  }
  return app;

  function modelOf(c: Context) {
    return findModel(context, c.req.param('model') ?? '', c.req.param('version'));
  }
}
