import type { RegistryContext } from './context.js';
import { messageOf, modelError, WarmsetError } from './errors.js';
import type { Lease } from './lease.js';
import { withinLimits } from './limits.js';
import { coolingError } from './load-error.js';
import type { ModelEntry } from './model-entry.js';
import type { ModelLoader } from './model-loader.js';
import { group, invalidOption, milliseconds, oneOf } from './option-check.js';
import type { Pipeline } from './pipeline.js';
import { assertWanted } from './refusal.js';
import { type RequestOptions, timeoutError, type WaitOptions } from './wait-queue.js';

/** While a request was encoded or waited, another definition took over: it begins again, with that one's pipeline. */
const REPLACED = Symbol('replaced');

/** An input that is what the model itself takes, whichever pipeline it has. */
export const ENCODED = Symbol('encoded');

/** How requests get their leases and their results. */
export class Requests {
  readonly #context: RegistryContext;
  readonly #loader: ModelLoader;

  constructor(context: RegistryContext, loader: ModelLoader) {
    this.#context = context;
    this.#loader = loader;
  }

  /** A lease, at once or once the model is there. */
  acquire(entry: ModelEntry, options?: RequestOptions): Lease | Promise<Lease> {
    if (options === undefined) return entry.tryLease() ?? this.#join(entry, {});
    checkRequest('', options);
    options.signal?.throwIfAborted();
    return entry.tryLease(options.keepAliveMs) ?? this.#join(entry, options);
  }

  /** Waits until the model is ready, whatever its cool-down. */
  async load(entry: ModelEntry, options: WaitOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    if (entry.state === 'ready') return;
    assertWanted(entry, this.#context);
    const ready = entry.queue.join('load', entry.name, options);
    this.#loader.ensure(entry);
    await ready;
  }

  /** @param encodedBy the pipeline that `input` has been through, or {@link ENCODED}; an input of the caller's own type has been through none */
  async run(
    entry: ModelEntry,
    input: unknown,
    options?: RequestOptions,
    encodedBy?: Pipeline | typeof ENCODED,
  ): Promise<unknown> {
    if (entry.definition.run === undefined) throw withoutRun(entry.name);
    const startedAt = options?.timeoutMs === undefined ? 0 : this.#context.settings.clock.now();
    // A hit goes on without waiting for a promise of ours.
    const leased = this.acquire(entry, options);
    const lease = leased instanceof Promise ? await leased : leased;
    if (encodedBy !== ENCODED && entry.definition.pipeline !== encodedBy) {
      lease.release();
      if (encodedBy === undefined) return this.runThrough(entry, input, options);
      throw REPLACED;
    }
    const work = this.#execute(entry, lease, input, options?.signal);
    return options === undefined ? work : this.#limited(entry, work, options, startedAt);
  }

  /** Runs a hit with what the model itself takes; `undefined` where it is not one. */
  tryRun(entry: ModelEntry, input: unknown, signal: AbortSignal | undefined): Promise<unknown> | undefined {
    if (entry.definition.run === undefined) throw withoutRun(entry.name);
    const lease = entry.tryLease();
    return lease && this.#execute(entry, lease, input, signal);
  }

  /** Runs through the model's pipeline. The caller's limits hold for all of it, encoding and decoding included. */
  async runThrough(entry: ModelEntry, input: unknown, options?: RequestOptions): Promise<unknown> {
    if (options === undefined) return this.#piped(entry, input, () => undefined);
    checkRequest('', options);
    options.signal?.throwIfAborted();
    const { timeoutMs } = options;
    const { clock } = this.#context.settings;
    const startedAt = clock.now();
    const left = () =>
      timeoutMs === undefined
        ? options
        : { ...options, timeoutMs: Math.max(0, startedAt + timeoutMs - clock.now()) };
    return this.#limited(entry, this.#piped(entry, input, left), options, startedAt);
  }

  /** @param left the caller's options, with what is left of its time-out */
  async #piped(entry: ModelEntry, input: unknown, left: () => RequestOptions | undefined): Promise<unknown> {
    const { pipeline } = entry.definition;
    if (pipeline === undefined) return this.run(entry, input, left());
    try {
      return await pipeline(input, (encoded) => this.run(entry, encoded, left(), pipeline), entry.name);
    } catch (error) {
      if (error !== REPLACED) throw error;
      return this.#piped(entry, input, left);
    }
  }

  async use<T>(
    entry: ModelEntry,
    fn: (model: never, lease: Lease<never>) => T | Promise<T>,
    options?: RequestOptions,
  ): Promise<T> {
    const startedAt = options?.timeoutMs === undefined ? 0 : this.#context.settings.clock.now();
    const leased = this.acquire(entry, options);
    const lease = (leased instanceof Promise ? await leased : leased) as Lease<never>;
    if (options !== undefined) return this.#limited(entry, held(lease, fn), options, startedAt);
    try {
      return await fn(lease.model, lease);
    } finally {
      lease.release();
    }
  }

  async #join(entry: ModelEntry, options: RequestOptions): Promise<Lease> {
    assertWanted(entry, this.#context);
    const { maxQueue } = entry.definition;
    if (maxQueue !== undefined && entry.waiting >= maxQueue) throw this.#queueFull(entry, maxQueue);
    const now = this.#context.settings.clock.now();
    // Where someone waits already, load() has ended the cool-down.
    if (
      entry.state === 'failed' &&
      entry.failure !== undefined &&
      entry.failure.retryAt > now &&
      entry.waiting === 0
    ) {
      throw coolingError(entry.name, entry.failure, now);
    }
    const lease = entry.queue.join('lease', entry.name, options) as Promise<Lease>;
    // A queue behind a model that is ready moves with its releases.
    if (entry.state !== 'ready') this.#loader.ensure(entry);
    return lease;
  }

  /** Runs under the lease, which ends with the run: not before, whoever has stopped waiting for it. */
  async #execute(
    entry: ModelEntry,
    lease: Lease,
    input: unknown,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const { useClock } = this.#context;
    const startedAt = useClock.now();
    try {
      const output = await lease.run(input, signal);
      entry.recordRun(useClock.now() - startedAt, false);
      return output;
    } catch (cause) {
      // An end that the caller made says nothing of the model, neither that it fails nor how long it takes.
      if (signal?.aborted && cause === signal.reason) throw cause;
      if (cause instanceof WarmsetError && cause.code === 'ERR_INPUT_INVALID') throw cause;
      entry.recordRun(useClock.now() - startedAt, true);
      if (cause instanceof WarmsetError) throw cause;
      throw modelError('ERR_RUN_FAILED', entry.name, `failed while running: ${messageOf(cause)}`, { cause });
    } finally {
      lease.release();
    }
  }

  #limited<T>(entry: ModelEntry, work: Promise<T>, options: RequestOptions, startedAt: number): Promise<T> {
    const { signal, timeoutMs } = options;
    if (signal === undefined && timeoutMs === undefined) return work;
    const { clock } = this.#context.settings;
    const leftMs = timeoutMs === undefined ? undefined : timeoutMs - (clock.now() - startedAt);
    return withinLimits(work, clock, { signal, timeoutMs: leftMs }, () =>
      timeoutError(entry.name, timeoutMs ?? 0),
    );
  }

  #queueFull(entry: ModelEntry, maxQueue: number): WarmsetError {
    const typicalMs = entry.runTimer?.read().meanMs ?? entry.loadTimer?.lastMs;
    return modelError(
      'ERR_QUEUE_FULL',
      entry.name,
      `is busy, and its queue (maxQueue ${maxQueue}) is full.`,
      {
        retryAfterMs: typicalMs && Math.ceil(typicalMs),
      },
    );
  }
}

async function held<T>(
  lease: Lease<never>,
  fn: (model: never, lease: Lease<never>) => T | Promise<T>,
): Promise<T> {
  try {
    return await fn(lease.model, lease);
  } finally {
    lease.release();
  }
}

/** @throws WarmsetError `ERR_MODEL_INVALID` */
export const checkRequest = group({
  timeoutMs: milliseconds(0),
  keepAliveMs: milliseconds(0),
  priority: oneOf('live', 'background'),
  signal: (option, given) => {
    if (given === undefined || given instanceof AbortSignal) return given;
    throw invalidOption(option, given, 'an AbortSignal');
  },
});

function withoutRun(name: string): WarmsetError {
  return modelError('ERR_MODEL_INVALID', name, `has no run(); use("${name}", (model) => …) hands it out.`);
}
