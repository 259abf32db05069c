import type { MemoryOptions } from '@warmset/registry';
import { formatBytes, parseBytes } from '../output/units.js';

/** Bytes, a share of the limit as text, or `'auto'`: as the registry takes it, which follows a limit that changes. */
export type Budget = NonNullable<MemoryOptions['budgetBytes']>;

/** Whether a value is a share as the registry takes it, such as `'60%'`. */
export function isBudgetShare(given: unknown): given is `${number}%` {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(typeof given === 'string' ? given : '')?.[1];
  return percent !== undefined && Number(percent) > 0 && Number(percent) <= 100;
}

/** `300MB`, `60%` or `auto`; `undefined` where it is none of them. */
export function parseBudget(text: string): Budget | undefined {
  return text === 'auto' || isBudgetShare(text) ? text : parseBytes(text);
}

/** No model is known that would fit into less: whoever gives less meant another unit. */
const UNLIKELY_BYTES = 2 ** 20;

/** A line about a budget that is hardly meant; `undefined` where it may well be. */
export function unlikelyBudget(budget: Budget | undefined): string | undefined {
  if (typeof budget !== 'number' || budget >= UNLIKELY_BYTES) return undefined;
  return `the budget is ${formatBytes(budget)}: a bare number means bytes, so write 300MB or 300MiB for megabytes`;
}

/**
 * A line about the models that will never be loaded, since each needs more than the whole budget.
 *
 * @param estimates bytes by name
 */
export function tooLarge(estimates: ReadonlyMap<string, number>, budgetBytes: number): string | undefined {
  const needs = [...estimates].filter(([, bytes]) => bytes > budgetBytes).sort((a, b) => a[1] - b[1]);
  const [first, ...others] = needs;
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : `, and ${others.length} more need as much or more`;
  return `${first[0]} needs ${formatBytes(first[1])}, the budget is ${formatBytes(budgetBytes)}${more}: a request for what does not fit is refused`;
}
