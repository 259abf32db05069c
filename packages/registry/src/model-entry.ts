import { Mutex } from 'async-mutex';
import type { Timer } from './clock.js';
import type { RegistryContext } from './context.js';
import type { ModelDefinition } from './definition.js';
import { type ModelState, type Stateful, transition } from './entry-state.js';
import type { WarmsetError } from './errors.js';
import { FIRST_GAP_MS, LEAST_GAP_MS, smoothedGapMs } from './eviction/gap.js';
import type { Instance } from './instance.js';
import { Lease } from './lease.js';
import { lockWithin } from './limits.js';
import { LoadTimer, RunTimer } from './stats.js';
import { type RequestOptions, WaitQueue } from './wait-queue.js';

/** A load under way. */
export interface LoadFlight {
  readonly abort: AbortController;
  /** Goes on without the loader; set while one runs. */
  giveUp?: (reason: unknown) => void;
  readonly queuedAt: number;
  startedAt?: number;
  reservedBytes?: number;
  progress?: number;
  /** The copy that it has loaded and that is not the model's current one yet: it is charged already. */
  loaded?: Instance;
}

/** The last try's failure; requests before `retryAt` are refused with it. */
export interface LoadFailure {
  readonly error: WarmsetError;
  readonly at: number;
  readonly retryAt: number;
}

/**
 * One registered model: its state, its loaded copy, the callers that wait for it. What costs memory is made on first
 * need, so that a registered model that nobody asks for is small.
 */
export class ModelEntry implements Stateful {
  readonly name: string;
  /** Its place in the order of registration. */
  readonly order: number;
  definition: ModelDefinition;
  state: ModelState = 'idle';
  current: Instance | undefined;
  flight: LoadFlight | undefined;
  failure: LoadFailure | undefined;
  /** What the last load reserved, where its size was known. */
  estimatedBytes: number | undefined;
  /** The last measured bytes: the next load's estimate. */
  measuredBytes: number | undefined;
  /** When the last copy that is gone was used last. */
  lastUsedAt: number | undefined;
  lastEvictedAt: number | undefined;
  /** Hosts that died while it had requests in them, one soon after the other. */
  crashes: { readonly count: number; readonly at: number } | undefined;
  /** The idle time-out that the last call asked for. */
  keepAliveMs: number | undefined;
  idleTimer: { readonly dueAt: number; readonly timer: Timer } | undefined;
  /** Being unregistered: takes no new request. */
  leaving = false;
  loads = 0;
  loadFailures = 0;
  evictions = 0;
  runs = 0;
  runFailures = 0;
  uses = 0;
  /** The typical time between its uses, and when the last one that counts for it was. */
  gapMs = FIRST_GAP_MS;
  gapFrom = Number.NEGATIVE_INFINITY;
  readonly #context: RegistryContext;
  #queue: WaitQueue<Lease> | undefined;
  #lock: Mutex | undefined;
  #runTimer: RunTimer | undefined;
  #loadTimer: LoadTimer | undefined;
  readonly #onIdle: (entry: ModelEntry) => void;

  /** @param onIdle called when a copy with an idle time-out is not in use any more */
  constructor(
    name: string,
    definition: ModelDefinition,
    context: RegistryContext,
    onIdle: (entry: ModelEntry) => void,
  ) {
    this.name = name;
    this.definition = definition;
    this.order = context.nextOrder();
    this.#context = context;
    this.#onIdle = onIdle;
  }

  /**
   * One transition at a time: loads, drains and swaps of this model run under its lock. A hit does not touch it.
   *
   * @returns the lock's release, or `undefined` where it was not to be had in time
   */
  lockWithin(timeoutMs: number): Promise<(() => void) | undefined> {
    this.#lock ??= new Mutex();
    return lockWithin(this.#lock, this.#context.settings.clock, timeoutMs, () => this.#unlocked());
  }

  /** Takes the lock, at once where it is free, for as long as `fn` takes. */
  async exclusive(fn: () => Promise<void>): Promise<void> {
    const release = await this.lockWithin(Number.POSITIVE_INFINITY);
    await fn().finally(release);
  }

  get queue(): WaitQueue<Lease> {
    this.#queue ??= new WaitQueue(this.#context.settings.clock, () => this.#left());
    return this.#queue;
  }

  get waiting(): number {
    return this.#queue?.size ?? 0;
  }

  get runTimer(): RunTimer | undefined {
    return this.#runTimer;
  }

  get loadTimer(): LoadTimer | undefined {
    return this.#loadTimer;
  }

  get pinned(): boolean {
    return this.definition.pinned === true;
  }

  get idleTimeoutMs(): number {
    if (this.pinned) return Number.POSITIVE_INFINITY;
    return this.keepAliveMs ?? this.definition.idleTimeoutMs ?? this.#context.settings.idleTimeoutMs;
  }

  /** Ready, with no transition under way and nobody waiting. */
  get isSettled(): boolean {
    return this.state === 'ready' && this.waiting === 0 && this.#lock?.isLocked() !== true;
  }

  /** A hit: a lease at once where the model is ready, below its limit, and nobody is ahead. */
  tryLease(keepAliveMs?: number): Lease | undefined {
    const instance = this.current;
    if (instance === undefined || this.state !== 'ready') return undefined;
    if (this.#queue !== undefined && this.#queue.size > 0) return undefined;
    const limit = this.definition.maxConcurrency;
    if (limit !== undefined && instance.leases >= limit) return undefined;
    this.uses += 1;
    return new Lease(instance, keepAliveMs);
  }

  /** Called by a lease when it ends. */
  released(instance: Instance, keepAliveMs: number | undefined): void {
    instance.leases -= 1;
    // Stamped at the end of a use: a long run is not idle the moment it ends.
    const now = this.#context.useClock.stamp();
    instance.lastUsedAt = now;
    instance.inflation = this.#context.inflation;
    if (now - this.gapFrom >= LEAST_GAP_MS) this.#countGap(now);
    // What a swapped-out copy was used for would have used the new one.
    if (this.current !== undefined && this.current !== instance) {
      this.current.lastUsedAt = now;
      this.current.inflation = instance.inflation;
    }
    this.keepAliveMs = keepAliveMs;
    if (this.waiting > 0) this.serve();
    if (instance.leases > 0) return;
    instance.onUnused?.();
    this.unused();
  }

  /** Nobody uses the model now: its idle time runs, and what waits for that may go on. */
  unused(): void {
    // Only where it was in use when its turn to be evicted came: a hit on any other does nothing here.
    if (this.current?.unranked === true) this.#context.residents.unused(this.current);
    if (this.idleTimeoutMs !== Number.POSITIVE_INFINITY) this.#onIdle(this);
    this.#context.quieter();
  }

  /** A copy was measured again. */
  resized(instance: Instance): void {
    if (this.current === instance) this.#context.residents.resized(instance);
  }

  /** Gives leases to those that wait, as far as the model's limit goes. */
  serve(): void {
    const instance = this.current;
    if (instance === undefined || this.state === 'draining') return;
    const limit = this.definition.maxConcurrency ?? Number.POSITIVE_INFINITY;
    const make = (options: RequestOptions) => {
      this.uses += 1;
      return new Lease(instance, options.keepAliveMs);
    };
    while (instance.leases < limit && this.queue.serveNext(make));
    this.queue.resolveLoads();
  }

  /** Takes on another definition while nothing of the old one is loaded; what that one failed with is forgotten. */
  redefine(definition: ModelDefinition): void {
    if (definition === this.definition) return;
    this.definition = definition;
    this.measuredBytes = undefined;
    this.failure = undefined;
    if (this.state === 'failed') this.moveTo('idle');
  }

  moveTo(state: ModelState): void {
    transition(this, state, this.#context.observer);
  }

  recordLoad(ms: number, queuedMs: number, at: number): void {
    this.loads += 1;
    this.#loadTimer ??= new LoadTimer();
    this.#loadTimer.record(ms, queuedMs, at);
  }

  recordRun(ms: number, failed: boolean): void {
    this.runs += 1;
    if (failed) this.runFailures += 1;
    this.#runTimer ??= new RunTimer();
    this.#runTimer.record(ms);
  }

  #countGap(now: number): void {
    if (Number.isFinite(this.gapFrom)) this.gapMs = smoothedGapMs(this.gapMs, now - this.gapFrom);
    this.gapFrom = now;
  }

  /** What a transition stood in the way of may go on: an eviction that others wait for, an idle time that is over. */
  #unlocked(): void {
    if (this.isSettled && this.current?.leases === 0) this.unused();
  }

  #left(): void {
    // With its last waiter gone nobody wants the load any more; a swap was never the waiters' own.
    if (this.waiting === 0 && this.current === undefined) this.flight?.abort.abort();
    if (this.current?.unranked === true) this.#context.residents.unused(this.current);
    this.#context.quieter();
  }
}
