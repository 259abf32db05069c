import { Admission } from './admission.js';
import { CLOSE_LIMIT_MS, Closer } from './closer.js';
import { createContext, type RegistryContext } from './context.js';
import type { InputOf, ModelDefinition, ModelOf, OutputOf } from './definition.js';
import { checkDefinition, checkName } from './definition-check.js';
import { DRAIN_LIMIT_MS, Drainer, type EvictOptions, type EvictReport } from './drainer.js';
import { modelError, type WarmsetError } from './errors.js';
import type { RegistryEvents, RegistryListener } from './events.js';
import type { Explanation } from './explain.js';
import { isOnTime } from './health.js';
import { IdleTimers } from './idle-timers.js';
import { loseInstance } from './isolation/host-loss.js';
import { HostPool } from './isolation/host-pool.js';
import { Recycler } from './isolation/recycler.js';
import type { Lease } from './lease.js';
import { MemoryWatch } from './memory/watch.js';
import { ModelEntry } from './model-entry.js';
import { ModelHandle } from './model-handle.js';
import { ModelLoader } from './model-loader.js';
import { aFunction, group, invalidOption, milliseconds, oneOf } from './option-check.js';
import { type ModelMap, type RegistryOptions, resolveSettings } from './options.js';
import { Preloader, type PreloadOptions, type PreloadReport } from './preloader.js';
import { closedError, notFound } from './refusal.js';
import { checkRequest, ENCODED, Requests } from './requests.js';
import { hostsOf, loadsOf, type ModelStatus, memoryOf, type RegistrySnapshot, statusOf } from './status.js';
import { Swapper } from './swapper.js';
import { type RequestOptions, timeoutError } from './wait-queue.js';

type Name<Models> = keyof Models & string;

const checkRegister = group({ replace: oneOf(true, false) });
const checkEvict = group({ timeoutMs: milliseconds(DRAIN_LIMIT_MS), force: oneOf(true, false) });
const checkReload = group({ freeFirst: oneOf(true, false) });
const checkLimit = group({ timeoutMs: milliseconds(CLOSE_LIMIT_MS) });

/**
 * Models by name, each loaded on first use, once however many ask, and evicted under a memory budget, never from under
 * a request. Calls with an unknown name fail with `ERR_MODEL_NOT_FOUND`, calls after `close()` with
 * `ERR_REGISTRY_CLOSED`.
 */
export class ModelRegistry<Models extends ModelMap = ModelMap> {
  readonly #entries = new Map<string, ModelEntry>();
  readonly #context: RegistryContext;
  readonly #requests: Requests;
  readonly #admission: Admission;
  readonly #drainer: Drainer;
  readonly #idleTimers: IdleTimers;
  readonly #swapper: Swapper;
  readonly #preloader: Preloader;
  readonly #closer: Closer;
  readonly #startedAt: number;
  #closing: Promise<void> | undefined;

  /** @throws WarmsetError `ERR_MODEL_INVALID` that names the option, what came and what would be right. */
  constructor(options: RegistryOptions<Models> = {}) {
    const context = createContext(resolveSettings(options as RegistryOptions), {
      becameReady: (name) => {
        this.#preloader.satisfied(name);
        context.watch.loaded();
      },
      relieve: () => this.#admission.decide(),
      quieter: () => {
        this.#admission.decide();
        this.#closer.check();
      },
      wanted: (entry) => loader.ensure(entry),
    });
    this.#context = context;
    this.#startedAt = context.settings.clock.now();
    this.#drainer = new Drainer(context);
    this.#admission = new Admission(context, (victim, reason, because, needBytes) =>
      this.#drainer.evictUnused(victim, reason, because, needBytes),
    );
    context.watch = new MemoryWatch(context, (needBytes, because) =>
      this.#admission.relievePressure(needBytes, because),
    );
    this.#idleTimers = new IdleTimers(context, this.#drainer);
    const loader = new ModelLoader(context, this.#admission, this.#drainer);
    this.#requests = new Requests(context, loader);
    this.#swapper = new Swapper(context, loader, this.#drainer);
    const recycler = new Recycler(context, ({ entry }) => this.#swapper.swap(entry));
    context.hosts = new HostPool(context, recycler, (instance, why, quarantined) =>
      loseInstance(context, instance, why, quarantined),
    );
    this.#preloader = new Preloader(context, this.#requests);
    this.#closer = new Closer(context, this.#entries, this.#admission, this.#drainer);
    for (const [name, definition] of Object.entries(options.models ?? {})) this.register(name, definition);
  }

  /**
   * Adds a model. Nothing is loaded or imported for it.
   *
   * @param options.replace swaps the definition of a registered model: a loaded copy serves until the new one is ready,
   * and stays where that fails (event `failed`)
   * @throws WarmsetError `ERR_MODEL_INVALID`, `ERR_MODEL_EXISTS`
   */
  register<D extends ModelDefinition>(
    name: string,
    definition: D,
    options: { replace?: boolean } = {},
  ): ModelHandle<D> {
    this.#assertOpen();
    checkName(name);
    checkDefinition(name, definition);
    checkRegister('', options);
    const existing = this.#entries.get(name);
    if (existing === undefined) {
      const onIdle = (entry: ModelEntry) => this.#idleTimers.watch(entry);
      this.#entries.set(name, new ModelEntry(name, definition, this.#context, onIdle));
    } else if (existing.leaving) {
      throw modelError(
        'ERR_MODEL_EXISTS',
        name,
        'is being unregistered; register it again once that is done.',
      );
    } else if (options.replace !== true) {
      throw modelError('ERR_MODEL_EXISTS', name, 'is registered; pass { replace: true } to swap it.');
    } else {
      this.#replace(existing, definition);
    }
    return new ModelHandle<D>(name, this as never);
  }

  /**
   * Waits for the model's leases, disposes of it and forgets it. Callers in its queue get `ERR_MODEL_NOT_FOUND`.
   *
   * @throws WarmsetError `ERR_TIMEOUT` where its leases were not released in time, or its loader has not ended; the
   * model then stays registered
   */
  async unregister(name: Name<Models>, options: { timeoutMs?: number } = {}): Promise<void> {
    const entry = this.#find(name);
    const { timeoutMs } = checkLimit('', options);
    entry.leaving = true;
    if (entry.waiting > 0) entry.queue.rejectAll(notFound(name));
    if (entry.current === undefined) entry.flight?.abort.abort(notFound(name));
    await this.#drainer.evict(entry, { timeoutMs }, 'unregister');
    if (entry.current !== undefined || entry.flight !== undefined) {
      entry.leaving = false;
      throw timeoutError(name, timeoutMs);
    }
    entry.idleTimer?.timer.stop();
    this.#entries.delete(name);
    this.#context.decisions.forget(name);
    this.#preloader.satisfied(name);
  }

  /**
   * Loads the model if needed, runs it, releases it. A time-out or signal ends this caller's wait only.
   *
   * @throws WarmsetError any of the codes of loading; `ERR_INPUT_INVALID`, `ERR_RUN_FAILED`, `ERR_QUEUE_FULL`,
   * `ERR_TIMEOUT`; the signal's reason
   */
  async run<N extends Name<Models>>(
    name: N,
    input: InputOf<Models[N]>,
    options?: RequestOptions,
  ): Promise<OutputOf<Models[N]>> {
    const entry = this.#find(name);
    const output =
      entry.definition.pipeline === undefined
        ? await this.#requests.run(entry, input, options)
        : await this.#requests.runThrough(entry, input, options);
    return output as OutputOf<Models[N]>;
  }

  /**
   * As `run`, but with what the model itself takes and gives: the pipeline of a model that has one (`withPipeline`) is
   * stepped over. For those who speak to models in tensors, as the Open Inference Protocol does.
   */
  async runEncoded(name: Name<Models>, input: unknown, options?: RequestOptions): Promise<unknown> {
    return this.#requests.run(this.#find(name), input, options, ENCODED);
  }

  /**
   * As {@link runEncoded} where the model is ready and below its limit, else `undefined`. Starts no load and waits for
   * nothing, so there is nothing to limit: the cheapest run, for servers.
   *
   * @param signal handed to the model's `run`, which may heed it; it ends no wait here
   */
  tryRunEncoded(name: Name<Models>, input: unknown, signal?: AbortSignal): Promise<unknown> | undefined {
    return this.#requests.tryRun(this.#find(name), input, signal);
  }

  /** Hands the model to `fn`, loading it if needed; the lease is released whatever `fn` does. */
  async use<N extends Name<Models>, T>(
    name: N,
    fn: (model: ModelOf<Models[N]>, lease: Lease<ModelOf<Models[N]>>) => T | Promise<T>,
    options?: RequestOptions,
  ): Promise<T> {
    aFunction('fn of use', fn);
    return this.#requests.use(
      this.#find(name),
      fn as (model: never, lease: Lease<never>) => T | Promise<T>,
      options,
    );
  }

  /** A lease, which the caller releases; loads the model if needed. */
  async acquire<N extends Name<Models>>(
    name: N,
    options?: RequestOptions,
  ): Promise<Lease<ModelOf<Models[N]>>> {
    return this.#requests.acquire(this.#find(name), options) as Promise<Lease<ModelOf<Models[N]>>>;
  }

  /** A lease where the model is ready and below its limit, else `undefined`. Starts no load. */
  tryAcquire<N extends Name<Models>>(name: N): Lease<ModelOf<Models[N]>> | undefined {
    return this.#find(name).tryLease() as Lease<ModelOf<Models[N]>> | undefined;
  }

  /** Loads without using. Tries at once, whatever the cool-down. */
  async load(name: Name<Models>, options?: RequestOptions): Promise<ModelStatus> {
    const entry = this.#find(name);
    checkRequest('', options);
    await this.#requests.load(entry, options);
    return statusOf(entry, this.#context);
  }

  /** Loads models (default: all) behind every live request. Never rejects for a model that does not load. */
  async preload(names?: readonly Name<Models>[], options: PreloadOptions = {}): Promise<PreloadReport> {
    this.#assertOpen();
    if (names !== undefined && !Array.isArray(names))
      throw invalidOption('names of preload', names, 'an array of names');
    const entries = names?.map((name) => this.#find(name)) ?? [...this.#entries.values()];
    return this.#preloader.preload([...new Set(entries)], options);
  }

  /** Waits for the model's leases and disposes of it. Not loaded: nothing to do. */
  async evict(name: Name<Models>, options: EvictOptions = {}): Promise<EvictReport> {
    checkEvict('', options);
    return this.#drainer.evict(this.#find(name), options);
  }

  /** Evicts all that is loaded; a report for each. */
  async evictAll(options: EvictOptions = {}): Promise<(EvictReport & { readonly name: string })[]> {
    this.#assertOpen();
    checkEvict('', options);
    const loaded = [...new Set([...this.#context.residents].map((instance) => instance.entry))];
    return Promise.all(
      loaded.map(async (entry) => ({ name: entry.name, ...(await this.#drainer.evict(entry, options)) })),
    );
  }

  /**
   * Loads a new copy, lets it take over, drains the old one. Not loaded: nothing to do.
   *
   * @param options.freeFirst evicts the old copy first, for where both do not fit; requests wait meanwhile
   * @throws WarmsetError what the load failed with (the old copy is kept); `ERR_MEMORY_BUDGET` where both do not fit
   */
  async reload(name: Name<Models>, options: { freeFirst?: boolean } = {}): Promise<ModelStatus> {
    const entry = this.#find(name);
    checkReload('', options);
    if (options.freeFirst === true && entry.current !== undefined) {
      const { evicted } = await this.#drainer.evict(entry, {}, 'reload');
      if (!evicted && entry.current !== undefined) throw timeoutError(name, DRAIN_LIMIT_MS);
      await this.#requests.load(entry);
    } else {
      await this.#swapper.swap(entry);
    }
    return statusOf(entry, this.#context);
  }

  /** The model of a name that comes from outside, a request's path say; typed where the name is known. */
  handle<N extends Name<Models>>(name: N): ModelHandle<Models[N]>;
  handle(name: string): ModelHandle;
  handle(name: string): ModelHandle {
    this.#find(name);
    return new ModelHandle(name, this as never);
  }

  /** Where the model is and what it has done: plain JSON. Loads nothing and counts as no use. */
  status(name: Name<Models>): ModelStatus {
    return statusOf(this.#known(name), this.#context);
  }

  /** The whole registry at this moment: plain JSON. */
  snapshot(): RegistrySnapshot {
    const models = [...this.#entries.values()].map((entry) => statusOf(entry, this.#context));
    const isRegistered = (entry: ModelEntry) => this.#entries.get(entry.name) === entry;
    return {
      at: this.#context.settings.clock.now(),
      startedAt: this.#startedAt,
      state: this.#context.state,
      ready: this.isReady(),
      healthy: this.isHealthy(),
      models,
      memory: memoryOf(this.#context, models, isRegistered),
      loads: loadsOf(this.#context, this.#admission),
      hosts: hostsOf(this.#context, this.#startedAt),
    };
  }

  /** Why the model is where it is: the last decisions about it with their numbers, what the books say, the budget. */
  explain(name: Name<Models>): Explanation {
    const entry = this.#known(name);
    const { decisions, ledger, watch } = this.#context;
    return {
      ...decisions.explain(entry.name, entry.state),
      ledger: ledger.entries(entry.name),
      budget: watch.budget,
    };
  }

  on<E extends keyof RegistryEvents>(event: E, listener: RegistryListener<E>): this {
    this.#context.emitter.on(event, listener);
    return this;
  }

  once<E extends keyof RegistryEvents>(event: E, listener: RegistryListener<E>): this {
    this.#context.emitter.once(event, listener);
    return this;
  }

  off<E extends keyof RegistryEvents>(event: E, listener: RegistryListener<E>): this {
    this.#context.emitter.off(event, listener);
    return this;
  }

  /** Settles with the preloads under way; rejects with the first model's error where one did not load. */
  get ready(): Promise<void> {
    return this.#preloader.settled();
  }

  /** Open, and every model that a preload asked for has been loaded. */
  isReady(): boolean {
    return this.#context.state === 'open' && this.#preloader.done;
  }

  /** No decision has been waiting longer than its deadline. */
  isHealthy(): boolean {
    return isOnTime(this.#context, this.#admission, this.#context.flying);
  }

  /**
   * Refuses new work at once, lets accepted requests finish within the limit (default 30 000 ms), then disposes of all.
   * A model still in use then goes with its last lease. Idempotent: a second call returns the same promise.
   */
  close(options: { timeoutMs?: number } = {}): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    try {
      this.#closing = this.#closer.close(checkLimit('', options).timeoutMs);
      this.#context.watch.stop();
      return this.#closing;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #replace(entry: ModelEntry, definition: ModelDefinition): void {
    if (entry.state === 'idle' || entry.state === 'failed') return entry.redefine(definition);
    // Nobody waits for the swap; where it fails, the event `failed` and the status tell of it.
    this.#swapper.swap(entry, definition).catch(() => {});
  }

  #find(name: string): ModelEntry {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.leaving || this.#context.state !== 'open') throw this.#refusal(name);
    return entry;
  }

  /** For reading, which also a closed registry allows. */
  #known(name: string): ModelEntry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw notFound(name);
    return entry;
  }

  #assertOpen(): void {
    if (this.#context.state !== 'open') throw closedError();
  }

  #refusal(name: string): WarmsetError {
    return this.#context.state === 'open' ? notFound(name) : closedError(name);
  }
}
