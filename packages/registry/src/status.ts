import type { Admission } from './admission.js';
import type { RegistryContext } from './context.js';
import { defined } from './defined.js';
import type { ModelState } from './entry-state.js';
import { expiresAt } from './idle-timers.js';
import type { MemorySource } from './instance.js';
import type { IsolationKind, LoadedModel } from './isolation/host.js';
import { kindFor } from './isolation/kind.js';
import type { BudgetDerivation } from './memory/auto-budget.js';
import type { Deficit } from './memory/ledger.js';
import type { ModelEntry } from './model-entry.js';
import type { LoadTimes, RunTimes } from './stats.js';
import type { ModelSignature } from './tensor.js';

export type { MemorySource } from './instance.js';

/** Where a model is and what it has done: plain JSON. Times in milliseconds, dates on the registry's clock. */
export interface ModelStatus {
  name: string;
  state: ModelState;
  /** Requests that hold the model now. */
  leases: number;
  /** Callers in its queue. */
  waiting: number;
  pinned: boolean;
  loads: number;
  loadFailures: number;
  evictions: number;
  /**
   * Runs that have ended, in success or failure. One that was refused for its input (`ERR_INPUT_INVALID`), or that ended
   * by its caller's signal, counts neither here nor in `run`.
   */
  runs: number;
  /** Those of `runs` that failed: `ERR_RUN_FAILED`, `ERR_MODEL_CRASHED` and the like. */
  runFailures: number;
  /** `progress` (0 to 1) while a loader that reports it runs. */
  load?: LoadTimes & { progress?: number };
  run?: RunTimes;
  /**
   * `bytes` is what its loaded copies hold; `source` says how that is known. `hostBytes` is what the host of a model that
   * has one to itself takes besides, Node and the runtime: it goes with the model. The budget is charged for both.
   */
  memory: {
    bytes: number;
    source: MemorySource;
    hostBytes?: number;
    estimatedBytes?: number;
    reservedBytes?: number;
  };
  isolation: IsolationKind;
  runtime?: string;
  signature?: ModelSignature;
  error?: { code: string; message: string; at: number; retryAt?: number };
  lastUsedAt?: number;
  /** When its idle time is over, where it has one. */
  expiresAt?: number;
}

/** A host of models: this thread, another one, or a process. */
export interface HostStatus {
  kind: IsolationKind;
  /** Counts the hosts of a registry; 0 is this thread. */
  id: number;
  pid: number;
  threadId?: number;
  state: 'starting' | 'up' | 'quarantined' | 'down';
  /** Names of the models loaded in it. */
  models: string[];
  /** Memory that it shares with nobody, when last measured; of this process, what is resident. */
  bytes: number;
  /** What it is charged by itself. 0 for a host that is one model's own, which is charged with it, and for this process. */
  chargedBytes: number;
  inFlight: number;
  runs: number;
  /** Hosts of this registry that died without being asked to. */
  restarts: number;
  uptimeMs: number;
}

/** The whole registry at one moment: plain JSON. */
export interface RegistrySnapshot {
  at: number;
  startedAt: number;
  state: 'open' | 'closing' | 'closed';
  ready: boolean;
  healthy: boolean;
  models: ModelStatus[];
  memory: {
    budgetBytes: number;
    /** What is charged: `modelBytes` + `hostBytes` + `unregisteredBytes`. */
    usedBytes: number;
    /** The sum of the models' `memory.bytes` and `memory.hostBytes`. */
    modelBytes: number;
    /** What hosts that models share take by themselves: the sum of the hosts' `chargedBytes`. */
    hostBytes: number;
    /** Of copies that are still being disposed of while their model is registered no more. */
    unregisteredBytes: number;
    reservedBytes: number;
    /** The resident set of this process. */
    rssBytes: number;
    /** What the process may use at most, and what is left of that. */
    limitBytes: number;
    availableBytes: number;
    /** How the budget came about. */
    budget: BudgetDerivation;
    /** The last 16 times that more was charged than the budget, the oldest first. */
    deficits: Deficit[];
  };
  loads: { active: number; queued: number; total: number; failed: number; evictions: number };
  hosts: HostStatus[];
}

/** Reading a status loads nothing and counts as no use. */
export function statusOf(entry: ModelEntry, context: RegistryContext): ModelStatus {
  const { current, flight, failure } = entry;
  const copies = copiesOf(entry, context);
  const load = entry.loadTimer?.read() ?? (flight?.progress === undefined ? undefined : NO_LOAD);
  return defined({
    name: entry.name,
    state: entry.state,
    leases: sum(copies, (copy) => copy.leases),
    waiting: entry.waiting,
    pinned: entry.pinned,
    loads: entry.loads,
    loadFailures: entry.loadFailures,
    evictions: entry.evictions,
    runs: entry.runs,
    runFailures: entry.runFailures,
    load: load && defined({ ...load, progress: flight?.progress }),
    run: entry.runTimer?.read(),
    memory: defined({
      bytes: sum(copies, (copy) => copy.modelBytes),
      source: copies.at(-1)?.facts.source ?? 'none',
      hostBytes: sum(copies, (copy) => copy.bytes - copy.modelBytes) || undefined,
      estimatedBytes: entry.estimatedBytes,
      reservedBytes: flight?.reservedBytes,
    }),
    isolation: isolationOf(entry, context),
    runtime: current?.loaded.runtime,
    signature: current?.loaded.signature,
    error: failure && {
      code: failure.error.code,
      message: failure.error.message,
      at: failure.at,
      retryAt: failure.retryAt,
    },
    lastUsedAt: current?.lastUsedAt ?? entry.lastUsedAt,
    expiresAt: expiresAt(entry, context),
  });
}

/** @param models all that are registered */
export function memoryOf(
  { budget, ledger, settings, watch, disposing, stuck }: RegistryContext,
  models: readonly ModelStatus[],
  isRegistered: (entry: ModelEntry) => boolean,
): RegistrySnapshot['memory'] {
  const { budgetBytes, usedBytes, hostBytes, reservedBytes } = budget;
  const left = [...disposing, ...stuck].filter(({ entry }) => !isRegistered(entry));
  const { limitBytes, availableBytes = process.availableMemory() } = settings.gauge.read();
  return {
    budgetBytes,
    usedBytes,
    modelBytes: sum(models, ({ memory }) => memory.bytes + (memory.hostBytes ?? 0)),
    hostBytes,
    unregisteredBytes: sum(left, ({ bytes }) => bytes),
    reservedBytes,
    rssBytes: settings.gauge.rssBytes() || process.memoryUsage.rss(),
    limitBytes,
    availableBytes,
    budget: watch.budget,
    deficits: ledger.deficits(),
  };
}

export function loadsOf(context: RegistryContext, admission: Admission): RegistrySnapshot['loads'] {
  return {
    active: context.activeLoads,
    queued: admission.queued,
    total: context.loadsStarted,
    failed: context.loadsFailed,
    evictions: context.evictions,
  };
}

export function hostsOf(context: RegistryContext, startedAt: number): HostStatus[] {
  const remote = context.hosts.status();
  const copies = [...context.residents, ...context.disposing].filter(({ loaded }) => isInline(loaded));
  if (copies.length === 0) return remote;
  const inline: HostStatus = {
    kind: 'inline',
    id: 0,
    pid: process.pid,
    state: 'up',
    models: [...new Set(copies.map((copy) => copy.name))],
    bytes: context.rssBytes(),
    chargedBytes: 0,
    inFlight: sum(copies, (copy) => copy.leases),
    runs: sum([...new Set(copies.map((copy) => copy.entry))], (entry) => entry.runs),
    restarts: 0,
    uptimeMs: context.settings.clock.now() - startedAt,
  };
  return [inline, ...remote];
}

/** Where its copy is, which may be elsewhere than its definition says: see `isolation.fallback`. */
function isolationOf({ current, definition }: ModelEntry, { settings }: RegistryContext): IsolationKind {
  return current === undefined
    ? kindFor(definition, settings.isolation)
    : (current.loaded.isolation ?? 'inline');
}

function isInline({ isolation = 'inline' }: LoadedModel): boolean {
  return isolation === 'inline';
}

const NO_LOAD: LoadTimes = { lastMs: 0, meanMs: 0, maxMs: 0, queuedMs: 0, at: 0 };

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

/** Every copy of the model that holds bytes, the current one last. */
function copiesOf(entry: ModelEntry, { disposing, stuck }: RegistryContext) {
  const { current, flight } = entry;
  const others = new Set([...disposing.of(entry), ...stuck.of(entry), flight?.loaded]);
  others.delete(current);
  return [...others, current].filter((copy) => copy !== undefined);
}
