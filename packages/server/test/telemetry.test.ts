import { context, metrics, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { ModelRegistry } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createHandler, type ServerOptions } from '../src/index.js';
import { createServer } from '../src/mounts/node.js';
import { broken, closeAfter, doubling, gated, silent, tensorBody, until } from './support/models.js';

const spans = new InMemorySpanExporter();
const collected = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const meters = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: collected, exportIntervalMillis: 1_000_000 })],
});
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
metrics.setGlobalMeterProvider(meters);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());

afterAll(() => meters.shutdown());
beforeEach(() => spans.reset());

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;

type Models = ConstructorParameters<typeof ModelRegistry>[0] extends infer Options
  ? NonNullable<NonNullable<Options> extends { models?: infer Map } ? Map : never>
  : never;

async function traced(models: Models, options: ServerOptions = {}, budgetBytes = 1_000_000) {
  const registry = new ModelRegistry({
    models,
    isolation: 'inline',
    memory: { budgetBytes },
    load: { retries: 0 },
  });
  const handler = createHandler(registry, { logger: silent, ...options });
  closeAfter(() => registry.close({ timeoutMs: 1_000 }));
  closeAfter(() => handler.close());
  // The API is imported when the handler is made, and traces from then on.
  await import('@opentelemetry/api');
  await new Promise((resolve) => setImmediate(resolve));
  const infer = (model: string, headers: Record<string, string> = {}) =>
    handler(
      new Request(`http://server/v2/models/${model}/infer`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(tensorBody()),
      }),
    );
  return { registry, handler, infer };
}

const named = (name: string): ReadableSpan[] => spans.getFinishedSpans().filter((span) => span.name === name);

function only(name: string): ReadableSpan {
  const [span, ...more] = named(name);
  if (span === undefined || more.length > 0)
    throw new Error(`Expected one span ${name}, got ${more.length + 1}.`);
  return span;
}

describe('the span infer', () => {
  it('is a child of what the headers name, where nothing else is active', async () => {
    const { infer } = await traced({ m: doubling() });
    expect((await infer('m', { traceparent: TRACEPARENT })).status).toBe(200);
    const span = only('infer');
    expect([span.spanContext().traceId, span.parentSpanContext?.spanId]).toEqual([TRACE, PARENT]);
    expect(span.kind).toBe(SpanKind.SERVER);
    expect(span.attributes).toEqual({
      'warmset.model.name': 'm',
      'warmset.cold': true,
      'http.response.status_code': 200,
    });
    expect(span.instrumentationScope.name).toBe('@warmset/server');
  });

  it('is a child of the span that is active, whatever the headers name', async () => {
    const { infer } = await traced({ m: doubling() });
    const outer = trace.getTracer('test').startSpan('outer');
    await context.with(trace.setSpan(context.active(), outer), () =>
      infer('m', { traceparent: TRACEPARENT }),
    );
    const span = only('infer');
    expect(span.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
    expect(span.kind).toBe(SpanKind.INTERNAL);
  });

  it('is active while the model runs', async () => {
    let during: string | undefined;
    const spy = {
      load: () => ({}),
      run: (_model: object, inputs: object) => {
        during = trace.getSpan(context.active())?.spanContext().spanId;
        return inputs;
      },
    };
    const { infer } = await traced({ spy });
    await infer('spy');
    expect(during).toBe(only('infer').spanContext().spanId);
    spans.reset();
    await infer('spy');
    expect(during).toBe(only('infer').spanContext().spanId);
  });

  it("has an error of the server's, but none of a client's", async () => {
    const { infer } = await traced({ broken: broken() });
    expect((await infer('none-of-ours')).status).toBe(404);
    expect(only('infer').status.code).toBe(SpanStatusCode.UNSET);
    expect(only('infer').attributes).toEqual({
      'http.response.status_code': 404,
      'error.type': 'ERR_MODEL_NOT_FOUND',
    });
    spans.reset();
    expect((await infer('broken')).status).toBe(503);
    expect(only('infer').status.code).toBe(SpanStatusCode.ERROR);
    expect(only('infer').attributes['error.type']).toBe('ERR_LOAD_FAILED');
  });

  it("is there on Node's direct way too", async () => {
    const registry = new ModelRegistry({ models: { m: doubling() }, isolation: 'inline' });
    const server = createServer(registry, { logger: silent });
    closeAfter(() => server.close({ graceMs: 0 }));
    const url = await server.listen({ port: 0 });
    await fetch(`${url}/v2/models/m/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: TRACEPARENT },
      body: JSON.stringify(tensorBody()),
    });
    expect(only('infer').spanContext().traceId).toBe(TRACE);
  });
});

describe('the span load', () => {
  it('is a trace of its own, linked to the request that began it, which is linked to it', async () => {
    const slow = gated();
    const { infer, registry } = await traced({ slow: slow.definition });
    const answers = [infer('slow', { traceparent: TRACEPARENT }), infer('slow')];
    await until(() => registry.status('slow').waiting === 2);
    slow.open();
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
    const load = only('load');
    const requests = named('infer');
    const first = requests.find((span) => span.spanContext().traceId === TRACE);
    expect(load.parentSpanContext).toBeUndefined();
    expect(load.spanContext().traceId).not.toBe(TRACE);
    expect(load.links.map((link) => link.context.spanId)).toEqual([first?.spanContext().spanId]);
    for (const request of requests) {
      expect(request.links.map((link) => link.context.spanId)).toEqual([load.spanContext().spanId]);
    }
    expect(load.events.map(({ name }) => name)).toEqual(['loading']);
    expect(load.attributes).toMatchObject({
      'warmset.model.name': 'slow',
      'warmset.outcome': 'ready',
      'warmset.model.memory.usage': 1_000,
      'warmset.model.memory.source': 'runtime',
    });
    expect(load.attributes['warmset.load.duration']).toBeGreaterThan(0);
    expect(load.attributes['warmset.load.queue_time']).toBeGreaterThanOrEqual(0);
  });

  it('outlives the request that began it: a client that leaves leaves it to end by itself', async () => {
    const slow = gated();
    const { infer, registry } = await traced({ slow: slow.definition }, { cold: 'accept' });
    expect((await infer('slow')).status).toBe(202);
    expect([named('infer').length, named('load').length]).toEqual([1, 0]);
    slow.open();
    await until(() => registry.status('slow').state === 'ready');
    expect(only('load').links.map((link) => link.context.spanId)).toEqual([
      only('infer').spanContext().spanId,
    ]);
  });

  it('of a load that nobody waits for any more is abandoned', async () => {
    const slow = gated();
    const { registry } = await traced({ slow: slow.definition });
    const caller = new AbortController();
    const loading = registry.load('slow', { signal: caller.signal }).catch(() => {});
    await until(() => slow.loads === 1);
    caller.abort();
    await loading;
    await until(() => named('load').length === 1);
    expect(only('load').attributes['warmset.outcome']).toBe('abandoned');
    expect(only('load').links).toEqual([]);
  });

  it('says why it failed', async () => {
    const { infer } = await traced({ broken: broken() });
    await infer('broken');
    const load = only('load');
    expect(load.status).toEqual({ code: SpanStatusCode.ERROR, message: 'ERR_LOAD_FAILED' });
    expect(load.attributes).toMatchObject({ 'error.type': 'ERR_LOAD_FAILED', 'warmset.outcome': 'failed' });
    expect(load.events.map(({ name }) => name)).toEqual(['loading', 'exception']);
  });

  it('tells of preloads, of evictions for room, and of reloads', async () => {
    const { registry, handler } = await traced(
      { a: fakeModel({ bytes: 600 }), b: fakeModel({ bytes: 600 }) },
      { preload: ['a'] },
      1_500,
    );
    await handler.start();
    expect(only('load').attributes['warmset.model.name']).toBe('a');
    await registry.reload('a');
    expect(named('load').map(({ attributes }) => attributes['warmset.outcome'])).toEqual([
      'ready',
      'swapped',
    ]);
    spans.reset();
    await registry.unregister('a');
    registry.register('a', fakeModel({ bytes: 1_000 }));
    await registry.load('a');
    spans.reset();
    await registry.load('b');
    const evicted = only('load').events.find(({ name }) => name === 'evicted');
    expect(evicted?.attributes).toMatchObject({
      'warmset.model.name': 'a',
      'warmset.eviction.reason': 'pressure',
      'warmset.eviction.freed': 1_000,
    });
  });
});

describe('metrics', () => {
  it('times, counts and what is held, under names of ours with the units of OpenTelemetry', async () => {
    const { infer, registry } = await traced({ measured: doubling() });
    await infer('measured');
    await infer('measured');
    await registry.evict('measured');
    await registry.load('measured');
    const found = await metricsNow();
    const points = (name: string) =>
      found
        .get(name)
        ?.dataPoints.filter(
          ({ attributes }) => (attributes['warmset.model.name'] ?? 'measured') === 'measured',
        ) ?? [];
    expect([...found.keys()].sort()).toEqual([
      'warmset.inference.duration',
      'warmset.load.duration',
      'warmset.load.queue_time',
      'warmset.memory.limit',
      'warmset.memory.usage',
      'warmset.model.evictions',
      'warmset.model.leases',
      'warmset.model.load.failures',
      'warmset.model.loads',
      'warmset.model.memory.usage',
      'warmset.model.ready',
      'warmset.model.run.failures',
      'warmset.model.runs',
      'warmset.model.waiting',
    ]);
    expect(found.get('warmset.inference.duration')?.descriptor.unit).toBe('s');
    expect(points('warmset.model.memory.usage')).toMatchObject([{ value: 1_000 }]);
    expect(points('warmset.model.loads')).toMatchObject([{ value: 2 }]);
    expect(points('warmset.model.runs')).toMatchObject([{ value: 2 }]);
    expect(points('warmset.memory.limit')).toMatchObject([{ value: 1_000_000 }]);
    expect(
      points('warmset.inference.duration').map(({ value, attributes }) => [
        (value as { count: number }).count,
        attributes['warmset.outcome'],
      ]),
    ).toContainEqual([2, 'success']);
    expect(points('warmset.model.evictions')).toMatchObject([
      { value: 1, attributes: { 'warmset.eviction.reason': 'request' } },
    ]);
  });
});

it('nothing is traced or measured with telemetry: false, nor once the handler is closed', async () => {
  const off = await traced({ m: doubling() }, { telemetry: false });
  await off.infer('m');
  const closed = await traced({ m: doubling() });
  closed.handler.close();
  await closed.registry.load('m');
  expect(spans.getFinishedSpans()).toEqual([]);
});

async function metricsNow() {
  collected.reset();
  await meters.forceFlush();
  const all = collected
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: each }) => each));
  return new Map(all.map((metric) => [metric.descriptor.name, metric]));
}
