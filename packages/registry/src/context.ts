import { AsyncLocalStorage } from 'node:async_hooks';
import type { ModelState, Stateful, TransitionObserver } from './entry-state.js';
import { messageOf } from './errors.js';
import { RegistryEmitter } from './events.js';
import { orderBy, scoreBy } from './eviction/score.js';
import { DecisionLog } from './explain.js';
import type { Instance } from './instance.js';
import type { HostPool } from './isolation/host-pool.js';
import { MemoryBudget } from './memory/budget.js';
import { Ledger } from './memory/ledger.js';
import type { MemoryWatch } from './memory/watch.js';
import type { ModelEntry } from './model-entry.js';
import type { Settings } from './options.js';
import { Residents } from './residents.js';
import { Tally } from './tally.js';
import { UseClock } from './use-clock.js';

/** What the parts of one registry share. */
export interface RegistryContext {
  readonly settings: Settings;
  readonly useClock: UseClock;
  readonly budget: MemoryBudget;
  readonly ledger: Ledger;
  readonly emitter: RegistryEmitter;
  readonly observer: TransitionObserver;
  readonly decisions: DecisionLog;
  /** Loaded and usable. */
  readonly residents: Residents;
  /** On their way out: they hold their bytes until their dispose has finished. Those still in use count for none. */
  readonly disposing: Tally;
  /** Out, but their dispose failed: their bytes are not known to be free. */
  readonly stuck: Tally;
  /** Loading, or waiting to. */
  readonly flying: Set<ModelEntry>;
  state: 'open' | 'closing' | 'closed';
  /** Loads under way now. */
  activeLoads: number;
  loadsStarted: number;
  loadsFailed: number;
  evictions: number;
  /** The highest score that pressure has evicted: what Greedy-Dual (Cao and Irani 1997) ages all others by. */
  inflation: number;
  /** What a resident is worth now, by the policy; noted in it too. */
  score(instance: Instance, now: number): number;
  /** The next place in the order of arrivals and loads. */
  nextOrder(): number;
  /** Runs `fn` outside any request's AsyncLocalStorage: a load belongs to nobody's request. */
  detached<T>(fn: () => T): T;
  warn(message: string, about?: { name?: string; cause?: unknown }): void;
  /** The resident set in bytes; `NaN` where the probe fails, which is reported and stops nothing. */
  rssBytes(): number;
  /** Something happened that may let a queued load start. */
  relieve(): void;
  /** A model became unused, a load ended, or a caller stopped waiting. */
  quieter(): void;
  /** Callers wait for a model that is gone. */
  wanted(entry: ModelEntry): void;
  /** Where models live; set once the registry is made. */
  hosts: HostPool;
  /** What the system says of the memory; set once the registry is made. */
  watch: MemoryWatch;
}

/** What the context tells the registry of. */
export interface ContextHooks {
  becameReady(name: string): void;
  relieve(): void;
  quieter(): void;
  wanted(entry: ModelEntry): void;
}

export function createContext(settings: Settings, hooks: ContextHooks): RegistryContext {
  let order = 0;
  const emitter = new RegistryEmitter(settings.clock);
  const tell: RegistryContext['warn'] = (message, about) => warn(emitter, message, about);
  const score = scoreBy(settings.eviction, tell);
  const ledger = new Ledger(settings.clock);
  const context: Omit<RegistryContext, 'hosts' | 'watch'> = {
    settings,
    useClock: new UseClock(settings.clock),
    budget: new MemoryBudget(settings.budget.budgetBytes, ledger, (kind) => {
      // A reservation takes nothing yet.
      if (kind !== 'reserved') (context as RegistryContext).watch.changed();
    }),
    ledger,
    emitter,
    decisions: new DecisionLog(settings.clock),
    observer: createObserver(emitter, hooks),
    residents: new Residents(orderBy(settings.eviction, score, tell)),
    // A copy that was replaced comes back only once its last request has ended.
    disposing: new Tally((copy) => (copy.leases === 0 ? copy.bytes : 0)),
    stuck: new Tally(),
    flying: new Set(),
    state: 'open',
    activeLoads: 0,
    loadsStarted: 0,
    loadsFailed: 0,
    evictions: 0,
    inflation: 0,
    score,
    nextOrder: () => ++order,
    detached: AsyncLocalStorage.snapshot(),
    warn: tell,
    rssBytes: () => settings.gauge.rssBytes(),
    relieve: hooks.relieve,
    quieter: hooks.quieter,
    wanted: hooks.wanted,
  };
  // Later, so that who listens as soon as the registry is made hears of what was wrong as it was made.
  queueMicrotask(() => listenTo(settings, emitter));
  // The pool and the watch are made of the context: the registry sets them before anything can be loaded.
  return context as RegistryContext;
}

/** Tells of what is wrong with the figures for memory. */
function listenTo({ gauge, budget }: Settings, emitter: RegistryEmitter): void {
  gauge.listen(({ kind, message, cause }) => {
    if (kind !== 'unlimited') return warn(emitter, message, cause === undefined ? {} : { cause });
    // Common outside of containers, so nobody is told who has not asked.
    if (typeof budget.option !== 'number') emitter.emit('warning', { message, kind });
  });
}

function createObserver(emitter: RegistryEmitter, hooks: ContextHooks): TransitionObserver {
  return {
    changed({ name }: Stateful, from: ModelState, to: ModelState) {
      if (to === 'ready') hooks.becameReady(name);
      emitter.emit('state', { name, from, to });
    },
    illegal({ name }: Stateful, from: ModelState, to: ModelState) {
      const message = `"${name}" cannot go from ${from} to ${to}: a defect in Warmset, please report it`;
      if (process.env.NODE_ENV === 'test') throw new Error(message);
      warn(emitter, message, { name });
    },
  };
}

/** Tells the listeners for `warning`, or the process where there is none. */
function warn(
  emitter: RegistryEmitter,
  message: string,
  about: { name?: string; cause?: unknown } = {},
): void {
  if (emitter.has('warning')) return emitter.emit('warning', { message, ...about });
  const detail = about.cause === undefined ? '' : `: ${messageOf(about.cause)}`;
  process.emitWarning(message + detail, 'WarmsetWarning');
}
