import type { Clock } from './clock.js';
import { systemClock } from './clock.js';
import type { ModelDefinition } from './definition.js';
import { describeValue, WarmsetError } from './errors.js';
import { costPolicy, type EvictionPolicy, lfuPolicy, lruPolicy } from './eviction/policy.js';
import { autoBudgetBytes } from './memory/auto-budget.js';
import { type MemoryProbe, systemMemoryProbe } from './memory/probe.js';

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

/** The options with every default filled in. */
export interface Settings {
  readonly budgetBytes: number;
  readonly budgetIsAuto: boolean;
  readonly probe: MemoryProbe;
  readonly memoryWaitMs: number;
  readonly loadConcurrency: number;
  readonly loadTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly retries: number;
  readonly backoff: Required<BackoffOptions>;
  readonly cooldownMs: number;
  readonly policy: EvictionPolicy;
  readonly idleTimeoutMs: number;
  readonly clock: Clock;
}

/** More loads at a time than this are none the faster; async-mutex takes time in proportion to its free slots. */
const MOST_LOADS = 256;

const POLICIES = { cost: costPolicy, lru: lruPolicy, lfu: lfuPolicy };

/** @throws WarmsetError `ERR_MODEL_INVALID` that names the option, what came and what would be right. */
export function resolveSettings(options: RegistryOptions): Settings {
  checkKeys('', options, ['models', 'memory', 'load', 'eviction', 'idleTimeoutMs', 'isolation', 'clock']);
  const { memory = {}, load = {} } = options;
  checkKeys('memory', memory, ['budgetBytes', 'probe', 'waitTimeoutMs']);
  checkKeys('load', load, ['concurrency', 'timeoutMs', 'stallTimeoutMs', 'retries', 'backoff', 'cooldownMs']);
  const { backoff = {} } = load;
  checkKeys('load.backoff', backoff, ['initialMs', 'maxMs', 'factor', 'jitter']);
  if (options.isolation !== undefined && options.isolation !== 'inline') {
    throw invalidOption('isolation', options.isolation, `'inline'`);
  }
  const probe = memory.probe ?? systemMemoryProbe;
  checkMethods('memory.probe', probe, ['rssBytes', 'limitBytes', 'availableBytes']);
  const clock = options.clock ?? systemClock;
  checkMethods('clock', clock, ['now', 'setTimeout', 'clearTimeout']);
  const { budgetBytes = 'auto' } = memory;
  return {
    budgetBytes: budgetBytes === 'auto' ? autoBudgetBytes(probe) : bytes('memory.budgetBytes', budgetBytes),
    budgetIsAuto: budgetBytes === 'auto',
    probe,
    memoryWaitMs: duration('memory.waitTimeoutMs', memory.waitTimeoutMs, 30_000),
    loadConcurrency: Math.min(count('load.concurrency', load.concurrency, 2, 1), MOST_LOADS),
    loadTimeoutMs: duration('load.timeoutMs', load.timeoutMs, 120_000),
    stallTimeoutMs: duration('load.stallTimeoutMs', load.stallTimeoutMs, Number.POSITIVE_INFINITY),
    retries: count('load.retries', load.retries, 0, 0),
    backoff: {
      initialMs: duration('load.backoff.initialMs', backoff.initialMs, 200),
      maxMs: duration('load.backoff.maxMs', backoff.maxMs, 10_000),
      factor: ranged('load.backoff.factor', backoff.factor, 2, 1, 100),
      jitter: ranged('load.backoff.jitter', backoff.jitter, 0.5, 0, 1),
    },
    cooldownMs: duration('load.cooldownMs', load.cooldownMs, 5_000),
    policy: policyOf(options.eviction ?? 'cost'),
    idleTimeoutMs: duration('idleTimeoutMs', options.idleTimeoutMs, Number.POSITIVE_INFINITY),
    clock,
  };
}

function policyOf(policy: unknown): EvictionPolicy {
  if (typeof policy === 'string' && Object.hasOwn(POLICIES, policy))
    return POLICIES[policy as keyof typeof POLICIES];
  const custom = policy as Partial<EvictionPolicy> | null;
  if (typeof custom === 'object' && custom !== null && typeof custom.score === 'function')
    return custom as EvictionPolicy;
  throw invalidOption('eviction', policy, `'cost', 'lru', 'lfu' or { name, score(candidate, now) }`);
}

function bytes(option: string, value: unknown): number {
  if (typeof value === 'number' && value > 0) return value;
  throw invalidOption(option, value, `a number of bytes > 0, or 'auto'`);
}

/** A time in milliseconds, `Infinity` included. */
export function duration(option: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && value >= 0) return value;
  throw invalidOption(option, value, 'milliseconds ≥ 0, or Infinity');
}

/** A whole number, `Infinity` included. */
export function count(option: string, value: unknown, fallback: number, least: number): number {
  if (value === undefined) return fallback;
  if (
    typeof value === 'number' &&
    value >= least &&
    (Number.isInteger(value) || value === Number.POSITIVE_INFINITY)
  ) {
    return value;
  }
  throw invalidOption(option, value, `a whole number ≥ ${least}`);
}

function ranged(option: string, value: unknown, fallback: number, least: number, most: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw invalidOption(option, value, `a number from ${least} to ${most}`);
}

function checkMethods(option: string, value: unknown, methods: readonly string[]): void {
  const missing = methods.filter(
    (method) => typeof (value as Record<string, unknown> | null)?.[method] !== 'function',
  );
  if (missing.length > 0)
    throw invalidOption(option, value, `an object with ${methods.map((m) => `${m}()`).join(', ')}`);
}

/** Refuses options that do not exist: a misspelt one would otherwise be silently ignored. */
export function checkKeys(where: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null)
    throw invalidOption(where || 'options', value, 'an object');
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const path = where === '' ? unknown : `${where}.${unknown}`;
  throw new WarmsetError('ERR_MODEL_INVALID', `There is no option ${path}; known are ${known.join(', ')}.`);
}

export function invalidOption(
  option: string,
  value: unknown,
  expected: string,
  modelName?: string,
): WarmsetError {
  const whose = modelName === undefined ? 'Option' : `Model "${modelName}": option`;
  return new WarmsetError(
    'ERR_MODEL_INVALID',
    `${whose} ${option}: expected ${expected}, got ${describeValue(value)}.`,
    {
      modelName,
    },
  );
}
