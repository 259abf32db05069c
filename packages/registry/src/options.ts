import os from 'node:os';
import { type Clock, systemClock } from './clock.js';
import type { ModelDefinition } from './definition.js';
import { costPolicy, type EvictionPolicy, lfuPolicy, lruPolicy } from './eviction/policy.js';
import type { IsolationKind } from './isolation/host.js';
import type { PlacementPolicy } from './isolation/placement.js';
import {
  type BudgetDerivation,
  type BudgetGivens,
  type BudgetOption,
  deriveBudget,
  mib,
  nothingLeft,
} from './memory/auto-budget.js';
import { MemoryGauge } from './memory/gauge.js';
import type { MemoryProbe } from './memory/probe.js';
import { systemMemoryProbe } from './memory/system-memory.js';
import {
  anyOf,
  between,
  type Check,
  type Checked,
  group,
  invalidOption,
  methods,
  milliseconds,
  oneOf,
  whole,
} from './option-check.js';

/** Definitions by name. */
export type ModelMap = Record<string, ModelDefinition>;

/** Waits between the tries of one load: `initialMs × factor^n`, at most `maxMs`, less a random share of up to `jitter`. */
export interface BackoffOptions {
  /** Default 200. */
  initialMs?: number;
  /** Default 10 000. */
  maxMs?: number;
  /** Default 2. */
  factor?: number;
  /** 0 to 1; default 0.5. */
  jitter?: number;
}

export interface MemoryOptions {
  /**
   * Bytes that models may hold together: a number, or a share of the container's limit such as `'60%'`. `'auto'` (default)
   * is that limit less what the process needs and a reserve.
   */
  budgetBytes?: BudgetOption;
  /**
   * Available memory, in bytes, below which idle models go and no load starts. Default: an eighth of the limit and at most
   * 256 MiB; 0, which is never, where `budgetBytes` is a number.
   */
  floorBytes?: number;
  /** Where to learn about memory, instead of from the system. */
  probe?: MemoryProbe;
  /** How long a load waits for room before `ERR_MEMORY_BUDGET`. Default 30 000. */
  waitTimeoutMs?: number;
}

export interface LoadOptions {
  /** Loads at a time. Default 2. */
  concurrency?: number;
  /** How long one try may take, from its start. Default 120 000. */
  timeoutMs?: number;
  /** How long a try may go without `reportProgress`; default `Infinity`. */
  stallTimeoutMs?: number;
  /** Further tries after a failure, within the same wait. Default 0. */
  retries?: number;
  backoff?: BackoffOptions;
  /** How long requests are refused after the last try failed. Default 5 000. */
  cooldownMs?: number;
}

/** When a host is replaced by a new one, without a failed request. */
export interface RecycleOptions {
  /** Runs. */
  afterRuns?: number;
  afterMs?: number;
  /** Private memory, looked at every 5 s. */
  aboveBytes?: number;
  /** The share by which `afterRuns` and `afterMs` are shortened at random, 0 to 1, so that not all hosts go at once. Default 0.1. */
  jitter?: number;
}

/** Where models are loaded, and on how many hosts. */
export interface IsolationOptions {
  /** For portable definitions that do not say. Default `'process'`; `'inline'` under a budget of less than 64 MiB. */
  kind?: IsolationKind;
  /** `'auto'` (default) gives a large model a host of its own and lets the small ones share one. */
  placement?: PlacementPolicy;
  /** Default `Infinity`. */
  maxHosts?: number;
  /** How long a shared host stays after its last model. Default 30 000. */
  idleHostMs?: number;
  /** From this estimate on a model is large, in bytes. Default 32 MiB. */
  ownHostBytes?: number;
  /** A run that takes longer ends its process host, and quarantines a thread. Default 60 000. */
  runTimeoutMs?: number;
  /** Where the built `host-main.js` is, for applications that are bundled into one file. */
  hostFile?: string | URL;
  /** `'inline'` loads a model inline, with an event `warning`, where no host can be started. Default: an error. */
  fallback?: 'inline';
  /** Arguments for the hosts' Node; default: the server's own, less those for debugging and tests. */
  execArgv?: readonly string[];
  /** Added to the hosts' environment. */
  env?: Readonly<Record<string, string>>;
  recycle?: RecycleOptions;
}

export interface RegistryOptions<Models extends ModelMap = ModelMap> {
  models?: Models;
  memory?: MemoryOptions;
  load?: LoadOptions;
  /** Who goes first when room is needed. Default `'cost'`. */
  eviction?: 'cost' | 'lru' | 'lfu' | EvictionPolicy;
  /** Milliseconds without a lease after which a model is evicted. Default `Infinity`: only pressure evicts. */
  idleTimeoutMs?: number;
  /** Where models are loaded. Default: portable definitions in processes (inline under a budget of less than 64 MiB), closures inline. */
  isolation?: IsolationKind | IsolationOptions;
  clock?: Clock;
}

/** More loads at a time than this are none the faster; async-mutex takes time in proportion to its free slots. */
const MOST_LOADS = 256;

const NEVER = Number.POSITIVE_INFINITY;

const budget: Check<BudgetOption> = (option, given = 'auto') => {
  if (given === 'auto' || (typeof given === 'number' && given > 0)) return given;
  const [share, percent] = /^(\d+(?:\.\d+)?)%$/.exec(typeof given === 'string' ? given : '') ?? [];
  if (share !== undefined && Number(percent) > 0 && Number(percent) <= 100) return share as BudgetOption;
  throw invalidOption(option, given, `a number of bytes > 0, a share of the limit up to '100%', or 'auto'`);
};

const floor: Check<number | undefined> = (option, given) => {
  if (given === undefined || (typeof given === 'number' && given >= 0 && Number.isFinite(given)))
    return given;
  throw invalidOption(option, given, 'a number of bytes ≥ 0');
};

const POLICIES = { cost: costPolicy, lru: lruPolicy, lfu: lfuPolicy };

const policy: Check<EvictionPolicy> = (option, given = 'cost') => {
  if (typeof given === 'string' && Object.hasOwn(POLICIES, given))
    return POLICIES[given as keyof typeof POLICIES];
  const { score, fading } = (given ?? {}) as Partial<EvictionPolicy>;
  if (typeof score !== 'function')
    throw invalidOption(option, given, `'cost', 'lru', 'lfu' or { name, score(candidate, now) }`);
  if (fading !== undefined && !(typeof fading?.weight === 'function' && typeof fading.since === 'function'))
    throw invalidOption(`${option}.fading`, fading, '{ weight(candidate), since(candidate) }');
  return given as EvictionPolicy;
};

/** The definitions are checked one by one as they are registered. */
const modelMap: Check<unknown> = (option, given = {}) => {
  // A Map would pass for an object without any models.
  if (typeof given === 'object' && given !== null && !(Symbol.iterator in given)) return given;
  throw invalidOption(option, given, 'an object of definitions by name');
};

const placements = oneOf<PlacementPolicy>('auto', 'shared', 'per-model');

const kinds = oneOf<IsolationKind>('inline', 'thread', 'process');

const isolation = group({
  kind: kinds,
  placement: (option: string, given: unknown): PlacementPolicy => placements(option, given) ?? 'auto',
  maxHosts: whole(1, NEVER),
  idleHostMs: milliseconds(30_000),
  ownHostBytes: whole(0, 32 * 2 ** 20),
  runTimeoutMs: milliseconds(60_000),
  hostFile: anyOf<string | URL>(),
  fallback: oneOf('inline'),
  execArgv: anyOf<readonly string[]>(),
  env: anyOf<Readonly<Record<string, string>>>(),
  recycle: group({
    afterRuns: whole(1, NEVER),
    afterMs: milliseconds(NEVER),
    aboveBytes: whole(1, NEVER),
    jitter: between(0, 1, 0.1),
  }),
});

const OPTIONS = {
  models: modelMap,
  memory: group({
    budgetBytes: budget,
    floorBytes: floor,
    probe: methods<MemoryProbe>(['rssBytes', 'limitBytes', 'availableBytes'], systemMemoryProbe),
    waitTimeoutMs: milliseconds(30_000),
  }),
  load: group({
    concurrency: whole(1, 2),
    timeoutMs: milliseconds(120_000),
    stallTimeoutMs: milliseconds(NEVER),
    retries: whole(0, 0),
    backoff: group({
      initialMs: milliseconds(200),
      maxMs: milliseconds(10_000),
      factor: between(1, 100, 2),
      jitter: between(0, 1, 0.5),
    }),
    cooldownMs: milliseconds(5_000),
  }),
  eviction: policy,
  idleTimeoutMs: milliseconds(NEVER),
  isolation: (option: string, given: unknown) =>
    isolation(option, typeof given === 'string' ? { kind: kinds(option, given) } : given),
  clock: methods<Clock>(['now', 'setTimeout', 'clearTimeout'], systemClock),
};

/** A budget that one host would take much of does not pay for hosts: by default all is then loaded inline. */
const SMALLEST_BUDGET_FOR_HOSTS = 64 * 2 ** 20;

/** The options with every default filled in. */
export type Settings = Checked<typeof OPTIONS> & {
  readonly gauge: MemoryGauge;
  /** The budget that the registry opens with, and what it is derived from anew where the limit changes. */
  readonly budget: BudgetDerivation;
  readonly budgetGivens: BudgetGivens;
  readonly loadSlots: number;
  readonly isolation: { readonly kind: IsolationKind };
};

/** @throws WarmsetError `ERR_MODEL_INVALID` that names the option, what came and what would be right. */
export function resolveSettings(options: RegistryOptions): Settings {
  const checked = group(OPTIONS)('', options);
  const { budgetBytes: option, floorBytes, probe } = checked.memory;
  const gauge = new MemoryGauge(probe);
  const budgetGivens = { option, floorBytes, rssBytes: gauge.rssBytes() || process.memoryUsage.rss() };
  const budget = deriveBudget(budgetGivens, gauge.read());
  checkBudget(budget, gauge);
  const affordable = budget.budgetBytes < SMALLEST_BUDGET_FOR_HOSTS ? 'inline' : 'process';
  return {
    ...checked,
    gauge,
    budget,
    budgetGivens,
    loadSlots: Math.min(checked.load.concurrency, MOST_LOADS),
    isolation: { ...checked.isolation, kind: checked.isolation.kind ?? affordable },
  };
}

function checkBudget(budget: BudgetDerivation, gauge: MemoryGauge): void {
  const { budgetBytes, limitBytes, floorBytes, option } = budget;
  if (option === 'auto' && budgetBytes === 0) throw nothingLeft(budget);
  if (floorBytes >= limitBytes)
    throw invalidOption('memory.floorBytes', floorBytes, `less than the limit of ${limitBytes} bytes`);
  // No error: the limit may be raised while running. More than the machine has is meant as "no budget", as in tests.
  if (gauge.isSystem && budgetBytes > limitBytes && budgetBytes <= os.totalmem()) {
    const message = `memory.budgetBytes is ${mib(budgetBytes)} and the container’s limit ${mib(limitBytes)}: the kernel may end the process before the budget is reached`;
    gauge.report({ kind: 'over-limit', message });
  }
}
