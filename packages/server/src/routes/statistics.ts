import type { ModelStatistics, StatisticDuration } from '@warmset/open-inference';
import type { ModelStatus } from '@warmset/registry';
import { type Context, Hono } from 'hono';
import type { ServerContext } from '../context.js';
import { jsonAnswer, toResponse } from '../http/answer.js';
import { endpoint } from '../http/endpoint.js';
import { findModel, VERSION } from '../infer/find-model.js';
import type { ModelTraffic, Total } from '../infer/traffic.js';

const NS_PER_MS = 1_000_000;

/**
 * [Triton's statistics extension](https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_statistics.md).
 * Requests over this server, except `execution_count` and `compute_infer`, which count every run of the registry: a
 * request that is refused for its input is none.
 */
export function statisticsRoutes(context: ServerContext): Hono {
  const app = new Hono({ strict: false });
  const { registry, traffic } = context;
  endpoint(app, '/v2/models/stats', {
    GET: () => answer(registry.snapshot().models),
  });
  for (const path of ['/v2/models/:model/stats', '/v2/models/:model/versions/:version/stats']) {
    endpoint(app, path, {
      GET: (c: Context) => {
        const { name } = findModel(context, c.req.param('model') ?? '', c.req.param('version'));
        return answer([registry.status(name)]);
      },
    });
  }
  return app;

  function answer(models: readonly ModelStatus[]): Response {
    return toResponse(
      jsonAnswer({ model_stats: models.map((status) => statisticsOf(status, traffic.of(status.name))) }),
    );
  }
}

function statisticsOf({ name, runs, run, memory }: ModelStatus, traffic: ModelTraffic): ModelStatistics {
  const { success, fail, decode, call, encode } = traffic;
  const runMs = run?.meanMs ?? 0;
  return {
    name,
    version: VERSION,
    last_inference: traffic.lastInference,
    inference_count: success.count,
    execution_count: runs,
    inference_stats: {
      success: duration(success),
      fail: duration(fail),
      // What the registry took for a request, less what the model took to run it: waiting, loads included.
      queue: duration({ count: call.count, ms: Math.max(0, call.ms - runMs * call.count) }),
      compute_input: duration(decode),
      compute_infer: duration({ count: runs, ms: runMs * runs }),
      compute_output: duration(encode),
    },
    memory_usage: memory.bytes === 0 ? [] : [{ type: 'CPU', id: 0, byte_size: memory.bytes }],
  };
}

function duration({ count, ms }: Total): StatisticDuration {
  return { count, ns: Math.round(ms * NS_PER_MS) };
}
