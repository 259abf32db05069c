import type { Span, SpanContext, Tracer } from '@opentelemetry/api';
import type { ModelRegistry, RegistryEvents } from '@warmset/registry';
import type { Api } from './api.js';
import { ERROR_TYPE, MODEL, OUTCOME, REASON } from './attributes.js';

/**
 * The spans `load`: from the moment a model is wanted until it is ready, or will not be. Each is a trace of its own, since a
 * load outlives the request that began it, and serves others: it has a link to that request, and those that waited have one
 * to it.
 */
export class LoadSpans {
  readonly #api: Api;
  readonly #tracer: Tracer;
  readonly #registry: ModelRegistry;
  readonly #open = new Map<string, Span>();
  readonly #latest = new Map<string, SpanContext>();
  /** The first request that asks for a model which is not being loaded. */
  readonly #wanted = new Map<string, SpanContext>();
  readonly #unsubscribe: (() => void)[] = [];

  constructor(api: Api, tracer: Tracer, registry: ModelRegistry) {
    this.#api = api;
    this.#tracer = tracer;
    this.#registry = registry;
    this.#on('state', (event) => this.#moved(event));
    this.#on('ready', (event) => this.#ready(event));
    this.#on('failed', (event) => this.#failed(event));
    this.#on('swapped', (event) => this.#swapped(event));
    this.#on('evicted', (event) => this.#evicted(event));
  }

  /** A request that is about to ask for a model which is not loaded. */
  wantedBy(model: string, request: SpanContext): void {
    if (!this.#open.has(model) && !this.#wanted.has(model)) this.#wanted.set(model, request);
  }

  /** The request is over, whether or not it has begun a load. */
  unwantedBy(model: string, request: SpanContext): void {
    if (this.#wanted.get(model)?.spanId === request.spanId) this.#wanted.delete(model);
  }

  /** Of the load that is under way, or was the last. */
  latest(model: string): SpanContext | undefined {
    return this.#latest.get(model);
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    for (const model of [...this.#open.keys()]) this.#end(model, 'abandoned');
  }

  #moved({ name, from, to }: RegistryEvents['state']): void {
    if (to === 'queued' && from !== 'loading') this.#begin(name);
    if (to === 'loading') this.#open.get(name)?.addEvent('loading');
    // Nobody waits any more, or there is no room; `ready` and `failed` have events of their own.
    if (to === 'idle') this.#end(name, 'abandoned');
  }

  #begin(model: string): void {
    const request = this.#wanted.get(model);
    this.#wanted.delete(model);
    const links = request === undefined ? [] : [{ context: request }];
    const span = this.#tracer.startSpan('load', { root: true, links, attributes: { [MODEL]: model } });
    this.#open.set(model, span);
    this.#latest.set(model, span.spanContext());
  }

  #ready({ name, loadMs, queuedMs, bytes, source }: RegistryEvents['ready']): void {
    this.#open.get(name)?.setAttributes({
      ...timesOf(loadMs, queuedMs),
      'warmset.model.memory.usage': bytes,
      'warmset.model.memory.source': source,
    });
    this.#end(name, 'ready');
  }

  /** Of each try; only after the last one is the model `failed`. */
  #failed({ name, error }: RegistryEvents['failed']): void {
    const span = this.#open.get(name);
    if (span === undefined) return;
    span.recordException(error);
    if (this.#registry.status(name).state !== 'failed') return;
    span.setAttribute(ERROR_TYPE, error.code);
    span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: error.code });
    this.#end(name, 'failed');
  }

  /** A reload, which is known only when it is done: its old copy was `ready` all the while. */
  #swapped({ name }: RegistryEvents['swapped']): void {
    const { lastMs = 0, queuedMs = 0 } = this.#registry.status(name).load ?? {};
    const attributes = { [MODEL]: name, [OUTCOME]: 'swapped', ...timesOf(lastMs, queuedMs) };
    const startTime = Date.now() - lastMs - queuedMs;
    const span = this.#tracer.startSpan('load', { root: true, startTime, attributes });
    this.#latest.set(name, span.spanContext());
    span.end();
  }

  /** What a load that waits for memory has cost. */
  #evicted({ name, reason, freedBytes, waitedMs }: RegistryEvents['evicted']): void {
    if (reason !== 'pressure' && reason !== 'deficit') return;
    const attributes = {
      [MODEL]: name,
      [REASON]: reason,
      'warmset.eviction.freed': freedBytes,
      'warmset.eviction.wait': waitedMs / 1_000,
    };
    for (const span of this.#open.values()) span.addEvent('evicted', attributes);
  }

  #end(model: string, outcome: 'ready' | 'failed' | 'abandoned'): void {
    const span = this.#open.get(model);
    if (span === undefined) return;
    this.#open.delete(model);
    span.setAttribute(OUTCOME, outcome);
    span.end();
  }

  #on<E extends keyof RegistryEvents>(event: E, listener: (event: RegistryEvents[E]) => void): void {
    this.#registry.on(event, listener);
    this.#unsubscribe.push(() => this.#registry.off(event, listener));
  }
}

/** Seconds, as durations are in the conventions. */
function timesOf(loadMs: number, queuedMs: number): Record<string, number> {
  return { 'warmset.load.duration': loadMs / 1_000, 'warmset.load.queue_time': queuedMs / 1_000 };
}
