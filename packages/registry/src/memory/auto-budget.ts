import os from 'node:os';
import { WarmsetError } from '../errors.js';
import type { LimitSource, MemoryReading } from './system-memory.js';

/** What a Node server takes once it serves: 108 MiB was measured of the Express example under load (ADR 0013). */
const SERVING_BYTES = 112 * 2 ** 20;

/** In a box too small for that the process is not expected to grow beyond this share. */
const SERVING_SHARE = 0.4;

/** For the kernel, the runtimes' code, what runs allocate, and 10 % that stay free: measured in ADR 0013. */
const RESERVE_SHARE = 0.16;
const LARGEST_RESERVE_BYTES = 2 * 2 ** 30;

/** Below this share of the limit that is available, idle models go. */
const FLOOR_SHARE = 1 / 8;
const LARGEST_FLOOR_BYTES = 256 * 2 ** 20;

/** A budget: bytes, a share of the limit as text, or `'auto'`. */
export type BudgetOption = number | `${number}%` | 'auto';

/** A budget and how it came about, in bytes. */
export interface BudgetDerivation {
  readonly budgetBytes: number;
  /** What was asked for. */
  readonly option: BudgetOption;
  /** What the process, or its container, may use. */
  readonly limitBytes: number;
  readonly limitSource: LimitSource;
  /** What the process is expected to need besides models; 0 unless the budget is `'auto'`. */
  readonly processBytes: number;
  /** What is kept free of models for all else; 0 unless the budget is `'auto'`. */
  readonly reserveBytes: number;
  /** Available memory below which idle models go; 0 where it is not watched. */
  readonly floorBytes: number;
  /** All of it for people. */
  readonly sentence: string;
}

/** What a budget is derived from. */
export interface BudgetGivens {
  readonly option: BudgetOption;
  /** The option, where it is given. */
  readonly floorBytes: number | undefined;
  /** The resident set when the registry was made. */
  readonly rssBytes: number;
}

/**
 * The budget that follows from a limit; nothing is left of it where the process takes all.
 *
 * @param machineBytes all that the machine has
 */
export function deriveBudget(
  { option, floorBytes: floor, rssBytes }: BudgetGivens,
  { limitBytes, limitSource }: Pick<MemoryReading, 'limitBytes' | 'limitSource'>,
  machineBytes = os.totalmem(),
): BudgetDerivation {
  const limit = `${mib(limitBytes)} (${LIMITS[limitSource]})`;
  const floorBytes =
    floor ?? (typeof option === 'number' ? 0 : share(limitBytes, FLOOR_SHARE, LARGEST_FLOOR_BYTES));
  const known = { option, limitBytes, limitSource, processBytes: 0, reserveBytes: 0, floorBytes };
  const watched = floorBytes > 0 ? ` Idle models go when less than ${mib(floorBytes)} are available.` : '';
  if (typeof option === 'number') {
    // The budget of who wants none may be stated as a very large number, too.
    const stated = option > Math.max(limitBytes, machineBytes) ? Number.POSITIVE_INFINITY : option;
    const sentence = `${mib(stated)} for models, as memory.budgetBytes says; the limit is ${limit}.${watched}`;
    return { ...known, budgetBytes: option, sentence };
  }
  if (option !== 'auto') {
    const budgetBytes = share(limitBytes, Number.parseFloat(option) / 100, limitBytes);
    const sentence = `${mib(budgetBytes)} for models: ${option} of ${limit}.${watched}`;
    return { ...known, budgetBytes, sentence };
  }
  const processBytes = Math.max(rssBytes, share(limitBytes, SERVING_SHARE, SERVING_BYTES));
  const reserveBytes = share(limitBytes, RESERVE_SHARE, LARGEST_RESERVE_BYTES);
  const budgetBytes = Math.max(0, limitBytes - processBytes - reserveBytes);
  const sentence = `${mib(budgetBytes)} for models: ${limit} less ${mib(processBytes)} for the process (${mib(rssBytes)} when the registry was made) less ${mib(reserveBytes)} in reserve.${watched}`;
  return { ...known, processBytes, reserveBytes, budgetBytes, sentence };
}

/** Where nothing is left for models: what takes it, and what would do. */
export function nothingLeft({ limitBytes, processBytes, reserveBytes }: BudgetDerivation): WarmsetError {
  const least =
    processBytes + Math.min(processBytes / (1 - RESERVE_SHARE) - processBytes, LARGEST_RESERVE_BYTES);
  return new WarmsetError(
    'ERR_MODEL_INVALID',
    `Option memory.budgetBytes: 'auto' leaves nothing for models, since of the limit of ${mib(limitBytes)} the process takes ${mib(processBytes)} and ${mib(reserveBytes)} are kept in reserve. Raise the limit above ${mib(least)}, or state a number of bytes.`,
  );
}

/** Whole bytes. */
function share(bytes: number, part: number, most: number): number {
  return Math.floor(Math.min(bytes * part, most));
}

/** What to do where a model needs more than the whole budget. */
export function howToRaise({ option, limitBytes }: BudgetDerivation, needBytes: number): string {
  return typeof option === 'number'
    ? `Raise memory.budgetBytes to ${needBytes} or more.`
    : `It follows from the limit of ${limitBytes}: raise that, or state memory.budgetBytes in bytes.`;
}

const LIMITS: Readonly<Record<LimitSource, string>> = {
  probe: 'the memory probe’s limit',
  'cgroup v1': 'the limit of its cgroup, v1',
  'cgroup v2': 'the limit of its cgroup, v2',
  node: 'the limit that Node knows of',
  machine: 'the machine’s memory',
};

/** Bytes for people; figures for programs are never rounded. */
export function mib(bytes: number): string {
  if (bytes === Number.POSITIVE_INFINITY) return 'any amount';
  return bytes < 2 ** 20 ? `${Math.round(bytes)} bytes` : `${Number((bytes / 2 ** 20).toFixed(1))} MiB`;
}
