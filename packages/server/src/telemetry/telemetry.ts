import type { ModelRegistry } from '@warmset/registry';
import type { Call } from '../infer/call.js';
import type { Traffic } from '../infer/traffic.js';
import type { Settings } from '../options.js';
import { PACKAGE_VERSION } from '../version.js';
import { type Api, importApi } from './api.js';
import { InferenceSpan } from './inference-span.js';
import { LoadSpans } from './load-spans.js';
import { OtelMetrics } from './otel-metrics.js';

/** The instrumentation's name, as spans and metrics carry it. */
const SCOPE = '@warmset/server';

/** Spans and metrics through OpenTelemetry's API, where the application has it; else nothing, at no cost. */
export class Telemetry {
  /** Settles once it is known whether there is an API. */
  readonly settled: Promise<void>;
  #inference: ((call: Call) => InferenceSpan | undefined) | undefined;
  #closers: (() => void)[] = [];
  #isClosed = false;

  constructor(registry: ModelRegistry, traffic: Traffic, { telemetry, logger }: Settings) {
    this.settled = telemetry
      ? importApi(logger).then((api) => {
          if (api !== undefined && !this.#isClosed) this.#start(api, registry, traffic);
        })
      : Promise.resolve();
  }

  /** The span of a request, which is the caller's to end; `undefined` where nothing is traced. */
  inference(call: Call): InferenceSpan | undefined {
    return this.#inference?.(call);
  }

  close(): void {
    this.#isClosed = true;
    for (const close of this.#closers.splice(0)) close();
  }

  #start(api: Api, registry: ModelRegistry, traffic: Traffic): void {
    const tracer = api.trace.getTracer(SCOPE, PACKAGE_VERSION);
    const loads = new LoadSpans(api, tracer, registry);
    const metrics = new OtelMetrics(api.metrics.getMeter(SCOPE, PACKAGE_VERSION), registry, traffic);
    this.#closers = [() => loads.close(), () => metrics.close()];
    this.#inference = (call) => InferenceSpan.start(api, tracer, loads, call);
  }
}
