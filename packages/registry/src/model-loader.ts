import pMemoize from 'p-memoize';
import type { Admission } from './admission.js';
import type { RegistryContext } from './context.js';
import type { ModelDefinition } from './definition.js';
import type { Drainer } from './drainer.js';
import { WarmsetError } from './errors.js';
import { Instance } from './instance.js';
import type { LoadedModel } from './isolation/host.js';
import { isSuspect } from './isolation/host-loss.js';
import { sleep } from './limits.js';
import { LoadAttempt } from './load-attempt.js';
import { isRetriable, loadErrorOf } from './load-error.js';
import { estimateLoad } from './memory/estimate.js';
import { LoadMeter } from './memory/measure.js';
import type { LoadFlight, ModelEntry } from './model-entry.js';
import type { Admitted } from './queue-item.js';

/** A model evicted by pressure and wanted again within this many of its load times is thrashing. */
const THRASH_WINDOW_LOADS = 10;

/** What was brought back while thrashing stays for its load time, but no longer than this, so that requests group. */
const LONGEST_FRESH_MS = 1_000;

/** Loads models: one load per model however many wait, retried with back-off, given up when the last waiter leaves. */
export class ModelLoader {
  readonly #context: RegistryContext;
  readonly #admission: Admission;
  readonly #drainer: Drainer;
  readonly #flights: (entry: ModelEntry) => Promise<void>;

  constructor(context: RegistryContext, admission: Admission, drainer: Drainer) {
    this.#context = context;
    this.#admission = admission;
    this.#drainer = drainer;
    // The single flight: without a cache p-memoize shares what is under way and remembers nothing after it.
    this.#flights = pMemoize((entry: ModelEntry) => context.detached(() => this.#fly(entry)), {
      cache: false,
      cacheKey: ([entry]) => entry,
    });
  }

  /** Sees to it that the callers that wait for a model are served; started by the first, joined by the others. */
  ensure(entry: ModelEntry): void {
    this.#admission.joined(entry);
    void this.#flights(entry).then(() => {
      // Someone came as the flight ended, or while a load that nobody wanted any more was given up.
      if (entry.waiting > 0 && entry.state !== 'ready') this.ensure(entry);
    });
  }

  async #fly(entry: ModelEntry): Promise<void> {
    await entry.exclusive(async () => {
      if (entry.waiting === 0) return;
      if (entry.current !== undefined) return entry.serve();
      const flight = this.takeOff(entry);
      entry.moveTo('queued');
      try {
        this.#publish(entry, await this.load(entry, entry.definition, flight));
      } catch (error) {
        this.#fail(entry, flight, error);
      } finally {
        this.land(entry);
      }
    });
  }

  takeOff(entry: ModelEntry): LoadFlight {
    const flight: LoadFlight = { abort: new AbortController(), queuedAt: this.#context.useClock.now() };
    entry.flight = flight;
    this.#context.flying.add(entry);
    return flight;
  }

  land(entry: ModelEntry): void {
    entry.flight = undefined;
    this.#context.flying.delete(entry);
    this.#context.quieter();
  }

  /**
   * Loads one copy, which the caller publishes. A failed try leaves nothing: no slot, no reservation, no timer.
   *
   * @throws what the last try failed with
   */
  async load(entry: ModelEntry, definition: ModelDefinition, flight: LoadFlight): Promise<Instance> {
    const { settings } = this.#context;
    const { signal } = flight.abort;
    const asOf = entry.queue.asOf ?? this.#context.nextOrder();
    for (let attempt = 0; ; attempt += 1) {
      try {
        // First, since a load that fails here, for a file that is missing, say, has cost no other model its place.
        const estimatedBytes = await estimateLoad(this.#context, entry, definition, signal);
        entry.estimatedBytes = estimatedBytes;
        const suspect = isSuspect(entry, settings.clock.now());
        const overheadBytes = this.#context.hosts.overheadBytes(definition, { estimatedBytes, suspect });
        const bytes = (estimatedBytes ?? 0) + overheadBytes;
        const admitted = await this.#admission.request({ entry, bytes, asOf, signal });
        return await this.#attempt(entry, definition, flight, admitted);
      } catch (error) {
        if (signal.aborted || attempt >= settings.load.retries || !isRetriable(error)) throw error;
        const waitMs = backoffMs(settings.load.backoff, attempt, Math.random());
        this.#noteFailure(entry, loadErrorOf(entry.name, error, waitMs), waitMs);
        if (entry.state === 'loading') entry.moveTo('queued');
        await sleep(settings.clock, waitMs, signal);
      }
    }
  }

  async #attempt(
    entry: ModelEntry,
    definition: ModelDefinition,
    flight: LoadFlight,
    admitted: Admitted,
  ): Promise<Instance> {
    const context = this.#context;
    const { charge } = admitted;
    const { signal } = flight.abort;
    context.loadsStarted += 1;
    context.activeLoads += 1;
    let ended = false;
    try {
      signal.throwIfAborted();
      flight.reservedBytes = charge.bytes;
      flight.startedAt = context.useClock.now();
      // During a swap the model stays `ready`: the old copy serves.
      if (entry.current === undefined) entry.moveTo('loading');
      const meter = new LoadMeter(context);
      const loaded = await new LoadAttempt(context, entry, definition, flight, charge).run();
      const now = context.useClock.now();
      const instance = this.#instance(entry, loaded, admitted, flight, meter, now);
      ended = true;
      if (!signal.aborted) return instance;
      // Nobody wants it any more; until it is gone its bytes are charged, and no other copy is loaded.
      delete flight.startedAt;
      await this.#drainer.discard(instance);
      throw signal.reason;
    } finally {
      context.activeLoads -= 1;
      delete flight.reservedBytes;
      delete flight.progress;
      if (!ended) charge.free();
      admitted.releaseSlot();
    }
  }

  #instance(
    entry: ModelEntry,
    loaded: LoadedModel,
    { charge }: Admitted,
    flight: LoadFlight,
    meter: LoadMeter,
    now: number,
  ): Instance {
    const { bytes, source } = meter.measure(loaded, entry.estimatedBytes);
    charge.commit(bytes + (loaded.hostBytes ?? 0));
    this.#context.watch.took(charge.bytes);
    const startedAt = flight.startedAt ?? now;
    const loadMs = now - startedAt;
    entry.recordLoad(loadMs, startedAt - flight.queuedAt, now);
    const evictedAt = entry.lastEvictedAt ?? Number.NEGATIVE_INFINITY;
    const thrashing = flight.queuedAt - evictedAt < THRASH_WINDOW_LOADS * loadMs;
    const instance = new Instance(entry, loaded, charge, {
      source,
      usesBefore: entry.uses,
      loadMs,
      loadedAt: now,
      freshUntil: thrashing ? now + Math.min(loadMs, LONGEST_FRESH_MS) : now,
    });
    // A resident set that jumped for another reason must not call the model too large for ever.
    const isCredible = source !== 'rss' || bytes <= this.#context.budget.budgetBytes;
    if (isCredible) entry.measuredBytes = instance.measuredBytes ?? entry.measuredBytes;
    flight.loaded = instance;
    return instance;
  }

  /** Makes a loaded copy the model's current one. Its waiters have their leases before anyone hears of it. */
  settle(entry: ModelEntry, instance: Instance): void {
    const { residents, useClock, nextOrder, inflation } = this.#context;
    if (residents.size === 0) useClock.start();
    instance.order = nextOrder();
    instance.inflation = inflation;
    residents.add(instance);
    entry.current = instance;
    entry.failure = undefined;
    entry.serve();
    // Nothing aborts a load that has come to its end.
    this.land(entry);
  }

  #publish(entry: ModelEntry, instance: Instance): void {
    const { emitter, decisions } = this.#context;
    this.settle(entry, instance);
    entry.moveTo('ready');
    const { name } = entry;
    const { modelBytes: bytes, loadMs } = instance;
    const { source } = instance.facts;
    const queuedMs = entry.loadTimer?.read().queuedMs ?? 0;
    const how = `loaded in ${Math.round(loadMs)} ms, ${bytes} bytes (${source})`;
    decisions.add(name, 'loaded', how, { loadMs, queuedMs, bytes });
    emitter.emit('ready', { name, loadMs, queuedMs, bytes, source });
  }

  #fail(entry: ModelEntry, flight: LoadFlight, thrown: unknown): void {
    const { settings, decisions } = this.#context;
    if (flight.abort.signal.aborted) {
      // Whoever joined since then is served by the next flight.
      decisions.add(entry.name, 'cancelled', 'nobody waited for it any more');
      return entry.moveTo('idle');
    }
    // Its waiters are told before anyone hears of it: who asks again at that news is not refused with the old failure.
    if (thrown instanceof WarmsetError && thrown.code === 'ERR_MEMORY_BUDGET') {
      entry.queue.rejectAll(thrown);
      return entry.moveTo('idle');
    }
    // Whether a model fits is known without running its loader, so being too large needs no cool-down.
    const tooLarge = thrown instanceof WarmsetError && thrown.code === 'ERR_MODEL_TOO_LARGE';
    const cooldownMs = tooLarge ? 0 : settings.load.cooldownMs;
    const error = tooLarge ? thrown : loadErrorOf(entry.name, thrown, cooldownMs);
    const at = settings.clock.now();
    entry.failure = { error, at, retryAt: at + cooldownMs };
    entry.queue.rejectAll(error);
    entry.moveTo('failed');
    this.#noteFailure(entry, error, cooldownMs);
  }

  #noteFailure(entry: ModelEntry, error: WarmsetError, waitMs: number): void {
    const { settings, decisions, emitter } = this.#context;
    entry.loadFailures += 1;
    this.#context.loadsFailed += 1;
    decisions.add(entry.name, 'failed', error.message, { retryAfterMs: waitMs });
    emitter.emit('failed', { name: entry.name, error, retryAt: settings.clock.now() + waitMs });
  }
}

/** @param random 0 to 1: how much of the jitter's share is taken off */
function backoffMs(
  { initialMs, maxMs, factor, jitter }: { initialMs: number; maxMs: number; factor: number; jitter: number },
  attempt: number,
  random: number,
): number {
  return Math.min(maxMs, initialMs * factor ** attempt) * (1 - jitter * random);
}
