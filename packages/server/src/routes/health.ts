import type { ModelStatus, RegistrySnapshot } from '@warmset/registry';
import { Hono } from 'hono';
import type { ServerContext } from '../context.js';
import { jsonAnswer, toResponse } from '../http/answer.js';
import { endpoint } from '../http/endpoint.js';
import { publicSnapshot } from '../public-snapshot.js';

const BYTES_PER_MB = 1e6;

/** How the server does, for people and dashboards. All three are read from memory: they answer at once, whatever loads. */
export function healthRoutes({ registry }: ServerContext): Hono {
  const app = new Hono({ strict: false });

  endpoint(app, '/health', {
    GET: () => {
      const { models, healthy, at, state } = publicSnapshot(registry);
      const isUp = healthy && state === 'open';
      const status = isUp ? 'ok' : state === 'open' ? 'stuck' : state;
      return toResponse(
        jsonAnswer(
          {
            status,
            model_loaded: models.some((model) => model.state === 'ready'),
            model_loading: models.some(isLoading),
            model_error: models.find(({ error }) => error !== undefined)?.error?.message ?? null,
            timestamp: new Date(at).toISOString(),
            models: Object.fromEntries(models.map((model) => [model.name, model.state])),
          },
          isUp ? 200 : 503,
        ),
      );
    },
  });

  endpoint(app, '/model-status', {
    GET: () => {
      const { models } = publicSnapshot(registry);
      return toResponse(
        jsonAnswer(Object.fromEntries(models.map((model) => [model.name, modelReport(model)]))),
      );
    },
  });

  endpoint(app, '/memory-status', { GET: () => toResponse(jsonAnswer(memoryReport(registry.snapshot()))) });
  return app;
}

function isLoading({ state }: ModelStatus): boolean {
  return state === 'queued' || state === 'loading';
}

/** The status, and in front of it the fields that a hand-written singleton used to have. */
function modelReport(model: ModelStatus): object {
  const { state, load, error, ...rest } = model;
  return {
    loaded: state === 'ready',
    loading: isLoading(model),
    error: error?.message ?? null,
    // Seconds, as `load_time` was.
    load_time: load === undefined ? null : load.lastMs / 1000,
    state,
    ...rest,
    ...(load !== undefined && { load }),
    ...(error !== undefined && { last_error: error }),
  };
}

function memoryReport({ memory, models }: RegistrySnapshot): object {
  const { limitBytes, availableBytes, budgetBytes, usedBytes, reservedBytes, budget } = memory;
  const besidesModels = models.reduce((left, model) => left - model.memory.bytes, usedBytes);
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return {
    system_memory: {
      total_mb: megabytes(limitBytes),
      available_mb: megabytes(availableBytes),
      used_mb: megabytes(limitBytes - availableBytes),
      percent_used: round((100 * (limitBytes - availableBytes)) / limitBytes),
    },
    process_memory: {
      rss_mb: megabytes(rss),
      heap_total_mb: megabytes(heapTotal),
      heap_used_mb: megabytes(heapUsed),
      external_mb: megabytes(external),
      array_buffers_mb: megabytes(arrayBuffers),
    },
    models: models.map(({ name, memory: { bytes, source } }) => ({
      name,
      mb: megabytes(bytes),
      bytes,
      source,
    })),
    // What their processes and threads take, and copies of models unregistered since: with the models all that is charged.
    hosts: { mb: megabytes(besidesModels), bytes: besidesModels },
    budget: {
      total_mb: megabytes(budgetBytes),
      used_mb: megabytes(usedBytes),
      reserved_mb: megabytes(reservedBytes),
      available_mb: megabytes(Math.max(0, budgetBytes - usedBytes - reservedBytes)),
      bytes: budgetBytes,
      used_bytes: usedBytes,
      reserved_bytes: reservedBytes,
      sentence: budget.sentence,
    },
  };
}

function megabytes(bytes: number): number {
  return round(bytes / BYTES_PER_MB);
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
