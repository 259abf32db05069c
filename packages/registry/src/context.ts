import { AsyncLocalStorage } from 'node:async_hooks';
import type { ModelState, Stateful, TransitionObserver } from './entry-state.js';
import { messageOf } from './errors.js';
import { RegistryEmitter } from './events.js';
import { DecisionLog } from './explain.js';
import type { Instance } from './instance.js';
import type { HostPool } from './isolation/host-pool.js';
import { MemoryBudget } from './memory/budget.js';
import type { ModelEntry } from './model-entry.js';
import type { Settings } from './options.js';
import { UseClock } from './use-clock.js';

/** What the parts of one registry share. */
export interface RegistryContext {
  readonly settings: Settings;
  readonly useClock: UseClock;
  readonly budget: MemoryBudget;
  readonly emitter: RegistryEmitter;
  readonly observer: TransitionObserver;
  readonly decisions: DecisionLog;
  /** Loaded and usable. */
  readonly residents: Set<Instance>;
  /** On their way out: they hold their bytes until their dispose has finished. */
  readonly disposing: Set<Instance>;
  /** Out, but their dispose failed: their bytes are not known to be free. */
  readonly stuck: Set<Instance>;
  /** Loading, or waiting to. */
  readonly flying: Set<ModelEntry>;
  state: 'open' | 'closing' | 'closed';
  /** Loads under way now. */
  activeLoads: number;
  loadsStarted: number;
  loadsFailed: number;
  evictions: number;
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
  const context: Omit<RegistryContext, 'hosts'> = {
    settings,
    useClock: new UseClock(settings.clock),
    budget: new MemoryBudget(settings.budgetBytes),
    emitter,
    decisions: new DecisionLog(settings.clock),
    observer: createObserver(emitter, hooks),
    residents: new Set(),
    disposing: new Set(),
    stuck: new Set(),
    flying: new Set(),
    state: 'open',
    activeLoads: 0,
    loadsStarted: 0,
    loadsFailed: 0,
    evictions: 0,
    nextOrder: () => ++order,
    detached: AsyncLocalStorage.snapshot(),
    warn: (message, about) => warn(emitter, message, about),
    rssBytes: () => {
      try {
        return settings.memory.probe.rssBytes();
      } catch (cause) {
        warn(emitter, 'The memory probe failed', { cause });
        return Number.NaN;
      }
    },
    relieve: hooks.relieve,
    quieter: hooks.quieter,
    wanted: hooks.wanted,
  };
  // The pool is made of the context: the registry sets it before anything can be loaded.
  return context as RegistryContext;
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
