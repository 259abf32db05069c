import type { Clock } from './clock.js';
import type { IsolationKind } from './isolation/host.js';
import type { Pipeline } from './pipeline.js';
import type { ModelSignature } from './tensor.js';

/** What a loader is told. */
export interface LoadContext {
  readonly name: string;
  /** Aborts when nobody waits for the load any more, when it runs past its limit, and at `close()`. */
  readonly signal: AbortSignal;
  /** The registry's clock: a loader that waits on it can be tested without sleeping. */
  readonly clock: Clock;
  /** Tells how far the load has come, 0 to 1; shown in `status().load.progress`. */
  reportProgress(fraction: number): void;
}

/** What a run is told. */
export interface RunContext {
  readonly name: string;
  /** The caller's signal, where one was given. */
  readonly signal?: AbortSignal;
}

/** What a runtime knows of a model where it holds more than it counts: the figure is then the host's, or the estimate. */
export interface AtLeastBytes {
  readonly atLeastBytes: number;
}

/** What an estimate may depend on. */
export interface EstimateContext {
  /** Where the model will be loaded: an allocator that gives back what is freed makes for a lower peak. */
  readonly isolation: IsolationKind;
}

/** Lets a thread or a process load the model: `export` of `module`, called with `options`, gives its definition. */
export interface PortableSource {
  /** A module specifier, absolute or resolvable from the application. */
  readonly module: string;
  readonly export: string;
  /** Structured-cloneable. */
  readonly options: unknown;
}

/**
 * What an adapter hands over: how one model is loaded, run, measured and disposed of.
 * Only `load` is required; any lazy resource will do.
 */
export interface ModelDefinition<Model = unknown, Input = unknown, Output = unknown> {
  /**
   * Brings in what all models of the runtime share: imports it, and has it do a first small thing. Hosts call it before
   * a load, so that the load's bytes are the model's alone. Called any number of times; a failure fails the load.
   */
  startRuntime?(context: { readonly name: string }): void | Promise<void>;
  /** Loads the model. `null` and `undefined` count as a failure. */
  load(context: LoadContext): Model | Promise<Model>;
  /** Runs one request. What it throws reaches the caller as the `cause` of `ERR_RUN_FAILED`. */
  run?(model: Model, input: Input, context: RunContext): Output | Promise<Output>;
  /** Gives everything back. Called once, after the last lease. */
  dispose?(model: Model): void | Promise<void>;
  /** An upper bound in bytes, known before loading. A failure fails the load before anything is evicted for it. */
  estimateBytes?: number | ((about?: EstimateContext) => number | Promise<number>);
  /** The bytes the loaded model holds, where the runtime knows; `undefined` where it does not. */
  measureBytes?(model: Model): number | AtLeastBytes | undefined;
  /** Runs once before the first request sees the model. A failure fails the load. */
  warmup?(model: Model): void | Promise<void>;
  /** The model's inputs and outputs. */
  describe?(model: Model): ModelSignature;
  /** The runtime that holds the model, e.g. `onnxruntime-node 1.30.0 (cpu)`; shown in `status().runtime`. */
  describeRuntime?(model: Model): string | undefined;
  portable?: PortableSource;
  /** Where this model is loaded, whatever the registry's own setting; anything but `inline` wants `portable`. */
  isolation?: IsolationKind;
  /** Never evicted by pressure or idle time. */
  pinned?: boolean;
  /** Milliseconds without a lease after which the model is evicted; `Infinity` is never, 0 at once. */
  idleTimeoutMs?: number;
  /** Leases at a time; more callers queue. */
  maxConcurrency?: number;
  /** Callers that may wait at a time; one more gets `ERR_QUEUE_FULL`. */
  maxQueue?: number;
  /** Milliseconds one attempt at loading may take. */
  loadTimeoutMs?: number;
  /** Anything of the user's; shown nowhere, kept with the definition. */
  metadata?: Record<string, unknown>;
  /** Set by `withPipeline`: what happens to inputs and outputs in the caller's process. */
  pipeline?: Pipeline;
}

/** The instance that a definition loads: what `use` and `acquire` hand out. */
export type ModelOf<D> = D extends { load(context: LoadContext): infer M } ? Awaited<M> : never;

/** What `run` takes. */
export type InputOf<D> = D extends ModelDefinition<infer _M, infer I, infer _O> ? I : never;

/** What `run` resolves to. */
export type OutputOf<D> = D extends ModelDefinition<infer _M, infer _I, infer O> ? O : never;

/** Gives a definition its types. It adds nothing: any object of this shape is a definition. */
export function defineModel<Model, Input = unknown, Output = unknown>(
  definition: ModelDefinition<Model, Input, Output>,
): ModelDefinition<Model, Input, Output> {
  return definition;
}
