import { startTimer } from './clock.js';
import type { RegistryContext } from './context.js';
import type { EvictionReason } from './events.js';
import type { DecisionRecord } from './explain.js';
import type { Instance } from './instance.js';
import { withinLimits } from './limits.js';
import type { ModelEntry } from './model-entry.js';

/** A dispose that takes longer is reported: nothing waits for its bytes any more, which stay charged until it is done. */
const DISPOSE_LIMIT_MS = 30_000;

/** How long a drain waits for leases where the caller does not say. */
export const DRAIN_LIMIT_MS = 30_000;

export interface EvictOptions {
  /** How long to wait for the model's leases, in milliseconds. Default 30 000. */
  timeoutMs?: number;
  /** Past the limit the eviction stands: no new lease is given, and the model goes with its last one. */
  force?: boolean;
}

export interface EvictReport {
  /** Whether the model is gone. */
  readonly evicted: boolean;
  /** With `force`: it takes no new request and goes with its last lease. */
  readonly pending?: true;
  /** What was measured to come back; 0 where nothing was measured. */
  readonly freedBytes: number;
  readonly waitedMs: number;
}

/** Takes models out of memory, never from under a lease. */
export class Drainer {
  readonly #context: RegistryContext;
  readonly #underWay = new Set<Promise<number>>();

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** Evicts a copy that nobody uses; its bytes count as coming back from now on. */
  evictUnused(instance: Instance, reason: EvictionReason, because: string, needBytes = 0): void {
    const { entry } = instance;
    if (reason === 'pressure' || reason === 'memory-pressure')
      entry.lastEvictedAt = this.#context.settings.clock.now();
    this.#note(instance, because, needBytes, reason === 'memory-pressure' ? this.#context.watch.numbers : {});
    // Takes the lock before anyone hears of it: what a listener asks for then comes after.
    void this.#context.detached(() =>
      entry.exclusive(async () => {
        await this.#dispose(instance, reason, 0);
        this.#gone(entry);
      }),
    );
    this.#withdraw(instance);
    entry.moveTo('draining');
  }

  async evict(
    entry: ModelEntry,
    options: EvictOptions = {},
    reason: EvictionReason = 'request',
  ): Promise<EvictReport> {
    const { clock } = this.#context.settings;
    const { timeoutMs = DRAIN_LIMIT_MS, force = false } = options;
    const startedAt = clock.now();
    const waited = () => clock.now() - startedAt;
    if (entry.current === undefined && entry.flight === undefined)
      return { evicted: false, freedBytes: 0, waitedMs: 0 };
    const release = await entry.lockWithin(timeoutMs);
    if (release === undefined) return { evicted: false, freedBytes: 0, waitedMs: waited() };
    const instance = entry.current;
    if (instance === undefined) {
      release();
      return { evicted: false, freedBytes: 0, waitedMs: waited() };
    }
    entry.moveTo('draining');
    const finish = async () => {
      this.#note(instance, `at a ${reason}`, 0);
      this.#withdraw(instance);
      const freedBytes = await this.#dispose(instance, reason, waited());
      this.#gone(entry);
      release();
      return { evicted: true, freedBytes, waitedMs: waited() };
    };
    if (await this.#unused(instance, timeoutMs - waited())) return this.#context.detached(finish);
    if (force && this.#context.hosts.kill(instance.loaded, 'evicted with force')) {
      // Its requests fail with the host, which releases their leases.
      await this.#unused(instance, Number.POSITIVE_INFINITY);
      return this.#context.detached(finish);
    }
    if (force) {
      // Its requests hold it in this process, and it is never pulled from under them: it goes with the last one.
      void this.#context.detached(() => this.#unused(instance, Number.POSITIVE_INFINITY).then(finish));
      return { evicted: false, pending: true, freedBytes: 0, waitedMs: waited() };
    }
    entry.moveTo('ready');
    entry.serve();
    release();
    return { evicted: false, freedBytes: 0, waitedMs: waited() };
  }

  /** Disposes of a copy that another one has replaced, after its last lease. */
  retire(instance: Instance): Promise<void> {
    return this.#context.detached(async () => {
      this.#withdraw(instance);
      await this.#unused(instance, Number.POSITIVE_INFINITY);
      await this.#dispose(instance, 'reload', 0);
    });
  }

  /** Disposes of a copy that nobody has had. */
  async discard(instance: Instance): Promise<void> {
    this.#withdraw(instance);
    await this.#dispose(instance, 'cancelled', 0);
  }

  /** Whether the last lease was released in time. */
  #unused(instance: Instance, timeoutMs: number): Promise<boolean> {
    if (instance.leases === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (unused: boolean) => {
        timer.stop();
        instance.onUnused = undefined;
        this.#context.disposing.recount(instance);
        resolve(unused);
      };
      const timer = startTimer(this.#context.settings.clock, timeoutMs, () => done(false));
      instance.onUnused = () => done(true);
    });
  }

  /** From here on the copy is no candidate any more, and what it holds is on its way back. */
  #withdraw(instance: Instance): void {
    const { residents, disposing } = this.#context;
    residents.delete(instance);
    disposing.add(instance);
    if (instance.leases > 0) instance.onUnused = () => disposing.recount(instance);
  }

  /** Settles once no dispose is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Disposes of a copy, and gives its bytes back once that has finished. Never throws: a failure is reported. */
  async #dispose(instance: Instance, reason: EvictionReason, waitedMs: number): Promise<number> {
    const disposing = this.#disposeNow(instance, reason, waitedMs);
    this.#underWay.add(disposing);
    await disposing;
    this.#underWay.delete(disposing);
    return disposing;
  }

  async #disposeNow(instance: Instance, reason: EvictionReason, waitedMs: number): Promise<number> {
    const { settings, disposing, stuck, emitter, useClock, residents, watch } = this.#context;
    const { entry, charge, facts } = instance;
    const measured = facts.source === 'process' || facts.source === 'runtime';
    // Reading it costs more than all else here.
    const rssBefore = facts.source === 'rss' ? this.#context.rssBytes() : 0;
    const bytes = charge.bytes;
    let freedBytes = 0;
    const disposal = Promise.resolve().then(() => instance.loaded.dispose());
    try {
      const returnedBytes = await withinLimits(
        disposal,
        settings.clock,
        { timeoutMs: DISPOSE_LIMIT_MS },
        () => new Error(`it took longer than ${DISPOSE_LIMIT_MS} ms`),
      );
      charge.free();
      if (reason === 'pressure' && instance.loaded.isolation !== 'process') watch.disposed(bytes);
      if (typeof returnedBytes === 'number') freedBytes = returnedBytes;
      else if (measured) freedBytes = bytes;
      else if (facts.source === 'rss') freedBytes = Math.max(0, rssBefore - this.#context.rssBytes()) || 0;
    } catch (cause) {
      stuck.add(instance);
      this.#context.warn(`"${entry.name}" could not be disposed of; its ${bytes} bytes stay charged`, {
        name: entry.name,
        cause,
      });
      disposal.then(
        () => {
          charge.free();
          stuck.delete(instance);
          this.#context.relieve();
        },
        () => {
          // Reported above; what a failed dispose left behind is not known to be free.
        },
      );
    }
    disposing.delete(instance);
    if (residents.size === 0 && disposing.size === 0) useClock.stop();
    if (reason !== 'reload' && reason !== 'cancelled') {
      entry.evictions += 1;
      this.#context.evictions += 1;
    }
    emitter.emit('evicted', { name: entry.name, reason, freedBytes, waitedMs });
    this.#context.relieve();
    return freedBytes;
  }

  #gone(entry: ModelEntry): void {
    entry.lastUsedAt = entry.current?.lastUsedAt;
    entry.current = undefined;
    entry.keepAliveMs = undefined;
    entry.moveTo('idle');
    // Those that queued behind it while it was ready have asked for no load yet.
    if (entry.waiting > 0) this.#context.wanted(entry);
    this.#context.quieter();
  }

  #note(instance: Instance, because: string, needBytes: number, more: DecisionRecord['numbers'] = {}): void {
    const { budget, decisions, settings } = this.#context;
    const { bytes, uses, loadMs, lastUsedAt } = instance;
    const idleMs = Math.max(0, settings.clock.now() - lastUsedAt);
    const numbers = { bytes, needBytes, freeBytes: budget.freeBytes, idleMs, uses, loadMs, ...more };
    decisions.add(instance.name, 'evicted', `evicted ${because}`, numbers);
  }
}
