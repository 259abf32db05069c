import { type Clock, systemClock } from './clock.js';
import type { ModelDefinition } from './definition.js';
import { costPolicy, type EvictionPolicy, lfuPolicy, lruPolicy } from './eviction/policy.js';
import { autoBudgetBytes } from './memory/auto-budget.js';
import { type MemoryProbe, systemMemoryProbe } from './memory/probe.js';
import {
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
  /** Bytes that models may hold together; `'auto'` (default) is a share of the container's limit. */
  budgetBytes?: number | 'auto';
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

export interface RegistryOptions<Models extends ModelMap = ModelMap> {
  models?: Models;
  memory?: MemoryOptions;
  load?: LoadOptions;
  /** Who goes first when room is needed. Default `'cost'`. */
  eviction?: 'cost' | 'lru' | 'lfu' | EvictionPolicy;
  /** Milliseconds without a lease after which a model is evicted. Default `Infinity`: only pressure evicts. */
  idleTimeoutMs?: number;
  /** Where models are loaded. */
  isolation?: 'inline';
  clock?: Clock;
}

/** More loads at a time than this are none the faster; async-mutex takes time in proportion to its free slots. */
const MOST_LOADS = 256;

const NEVER = Number.POSITIVE_INFINITY;

const budget: Check<number | 'auto'> = (option, given = 'auto') => {
  if (given === 'auto' || (typeof given === 'number' && given > 0)) return given;
  throw invalidOption(option, given, `a number of bytes > 0, or 'auto'`);
};

const POLICIES = { cost: costPolicy, lru: lruPolicy, lfu: lfuPolicy };

const policy: Check<EvictionPolicy> = (option, given = 'cost') => {
  if (typeof given === 'string' && Object.hasOwn(POLICIES, given))
    return POLICIES[given as keyof typeof POLICIES];
  if (typeof (given as EvictionPolicy | null)?.score === 'function') return given as EvictionPolicy;
  throw invalidOption(option, given, `'cost', 'lru', 'lfu' or { name, score(candidate, now) }`);
};

/** The definitions are checked one by one as they are registered. */
const modelMap: Check<unknown> = (option, given = {}) => {
  // A Map would pass for an object without any models.
  if (typeof given === 'object' && given !== null && !(Symbol.iterator in given)) return given;
  throw invalidOption(option, given, 'an object of definitions by name');
};

const OPTIONS = {
  models: modelMap,
  memory: group({
    budgetBytes: budget,
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
  isolation: oneOf('inline'),
  clock: methods<Clock>(['now', 'setTimeout', 'clearTimeout'], systemClock),
};

function autoBudget(probe: MemoryProbe): number {
  const bytes = autoBudgetBytes(probe);
  if (Number.isNaN(bytes))
    throw invalidOption('memory.probe', bytes, 'limitBytes() and rssBytes() to give numbers');
  return bytes;
}

/** The options with every default filled in. */
export type Settings = Checked<typeof OPTIONS> & { readonly budgetBytes: number; readonly loadSlots: number };

/** @throws WarmsetError `ERR_MODEL_INVALID` that names the option, what came and what would be right. */
export function resolveSettings(options: RegistryOptions): Settings {
  const checked = group(OPTIONS)('', options);
  const { budgetBytes, probe } = checked.memory;
  return {
    ...checked,
    budgetBytes: budgetBytes === 'auto' ? autoBudget(probe) : budgetBytes,
    loadSlots: Math.min(checked.load.concurrency, MOST_LOADS),
  };
}
