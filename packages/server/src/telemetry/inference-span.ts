import type { Context, Span, TextMapGetter, Tracer } from '@opentelemetry/api';
import { ERROR_CODE } from '@warmset/open-inference';
import type { Answer } from '../http/answer.js';
import type { Call } from '../infer/call.js';
import type { Api } from './api.js';
import { COLD, ERROR_TYPE, MODEL, STATUS_CODE } from './attributes.js';
import type { LoadSpans } from './load-spans.js';

const HEADERS: TextMapGetter<Call> = {
  get: (call, name) => call.header(name) ?? undefined,
  // Only propagators that look for names by a prefix ask; those of W3C do not.
  keys: () => [],
};

/**
 * The span `infer`: one request for a run, from its headers to its answer. Its parent is the span that is active, the HTTP
 * server's own where that is instrumented; else what the request's headers name.
 */
export class InferenceSpan {
  readonly #api: Api;
  readonly #span: Span;
  readonly #context: Context;
  readonly #loads: LoadSpans;
  #coldModel: string | undefined;

  /** `undefined` where there is an API and no SDK: a span that is nobody's need not be made active. */
  static start(api: Api, tracer: Tracer, loads: LoadSpans, call: Call): InferenceSpan | undefined {
    const active = api.context.active();
    const isInner = api.trace.getSpan(active) !== undefined;
    const parent = isInner ? active : api.propagation.extract(active, call, HEADERS);
    const kind = isInner ? api.SpanKind.INTERNAL : api.SpanKind.SERVER;
    const span = tracer.startSpan('infer', { kind }, parent);
    if (!api.isSpanContextValid(span.spanContext())) return undefined;
    return new InferenceSpan(api, span, api.trace.setSpan(parent, span), loads);
  }

  private constructor(api: Api, span: Span, context: Context, loads: LoadSpans) {
    this.#api = api;
    this.#span = span;
    this.#context = context;
    this.#loads = loads;
  }

  /** Whatever the work traces, a model in this process say, is a child of this span. */
  around<T>(work: () => T): T {
    return this.#api.context.with(this.#context, work);
  }

  /** @param model of one that is registered: strangers' names would be attributes without end */
  admitted(model: string, cold: boolean): void {
    this.#span.setAttributes({ [MODEL]: model, [COLD]: cold });
    if (!cold) return;
    this.#coldModel = model;
    this.#loads.wantedBy(model, this.#span.spanContext());
  }

  end({ status, headers }: Answer): void {
    const span = this.#span;
    if (this.#coldModel !== undefined) {
      const load = this.#loads.latest(this.#coldModel);
      if (load !== undefined) span.addLink({ context: load });
      this.#loads.unwantedBy(this.#coldModel, span.spanContext());
    }
    span.setAttribute(STATUS_CODE, status);
    if (status >= 400) span.setAttribute(ERROR_TYPE, headers[ERROR_CODE] ?? String(status));
    // A client's own mistake is no error of the server's: the conventions for HTTP servers.
    if (status >= 500) span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
    span.end();
  }
}
