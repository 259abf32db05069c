import type { AddressInfo } from 'node:net';
import { WarmsetError } from '@warmset/registry';
import express, { type ErrorRequestHandler } from 'express';
import { registry } from './models.js';

const app = express();
app.use(express.json({ limit: '16kb' }));

app.post('/predict/:model', async (request, response) => {
  const model = registry.handle(request.params.model);
  response.json(await model.run(request.body, { timeoutMs: 30_000 }));
});

app.get('/health', (_request, response) => {
  const { models, healthy, at } = registry.snapshot();
  response.status(healthy ? 200 : 503).json({
    status: healthy ? 'ok' : 'stuck',
    model_loaded: models.some(({ state }) => state === 'ready'),
    model_loading: models.some(({ state }) => state === 'queued' || state === 'loading'),
    model_error: models.find(({ error }) => error)?.error?.message ?? null,
    timestamp: new Date(at).toISOString(),
    models: Object.fromEntries(models.map(({ name, state }) => [name, state])),
  });
});

app.get('/model-status', (_request, response) => {
  const statuses = registry.snapshot().models.map((status) => {
    const { decisions } = registry.handle(status.name).explain();
    return [status.name, { ...status, loaded: status.state === 'ready', decisions }];
  });
  response.json(Object.fromEntries(statuses));
});

app.get('/memory-status', (_request, response) => {
  const { memory, models } = registry.snapshot();
  const megabytes = (bytes: number) => Number((bytes / 1e6).toPrecision(bytes < 1e8 ? 3 : 5));
  response.json({
    system_memory: { total_mb: megabytes(memory.limitBytes), available_mb: megabytes(memory.availableBytes) },
    process_memory: { rss_mb: megabytes(memory.rssBytes) },
    models: models.map(({ name, memory: { bytes, source } }) => ({
      name,
      bytes,
      mb: megabytes(bytes),
      source,
    })),
    budget: { bytes: memory.budgetBytes, used_bytes: memory.usedBytes, reserved_bytes: memory.reservedBytes },
  });
});

const STATUS: Partial<Record<string, number>> = {
  ERR_INPUT_INVALID: 400,
  ERR_MODEL_NOT_FOUND: 404,
  ERR_MODEL_INVALID: 500,
  ERR_QUEUE_FULL: 429,
  ERR_RUN_FAILED: 500,
};

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  const known = error instanceof WarmsetError;
  const status = known ? (STATUS[error.code] ?? 503) : (error.status ?? 500);
  if (known && error.retryAfterMs !== undefined)
    response.set('Retry-After', `${Math.ceil(error.retryAfterMs / 1000)}`);
  if (status >= 500) console.error(error);
  const message = known || status < 500 ? error.message : 'internal error';
  response.status(status).json({ error: { code: known ? error.code : 'ERR_REQUEST', message } });
};
app.use(onError);

const server = app.listen(Number(process.env.PORT ?? 3000), (error) => {
  if (error) throw error;
  console.log(`listening on http://localhost:${(server.address() as AddressInfo).port}`);
});

process.once('SIGTERM', () => {
  server.close();
  void registry.close();
});
