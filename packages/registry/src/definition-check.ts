import type { ModelDefinition } from './definition.js';
import { describeValue, WarmsetError } from './errors.js';
import { count, duration, invalidOption } from './options.js';

/** Letters, digits and `. _ - : @`, starting with a letter or digit: safe in URLs, metrics and logs. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._:@-]{0,199}$/u;

/** A property that every object inherits would be found where no model is, by anyone who keys an object by name. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

/** @throws WarmsetError `ERR_MODEL_INVALID` */
export function checkName(name: unknown): asserts name is string {
  if (typeof name === 'string' && NAME.test(name) && !INHERITED.has(name)) return;
  throw new WarmsetError(
    'ERR_MODEL_INVALID',
    `A model's name is 1 to 200 letters, digits or . _ - : @ and starts with a letter or digit; got ${describeValue(name)}.`,
  );
}

const METHODS = [
  'run',
  'dispose',
  'measureBytes',
  'warmup',
  'describe',
  'describeRuntime',
  'pipeline',
] as const;

/** @throws WarmsetError `ERR_MODEL_INVALID` that names the member, what came and what would be right. */
export function checkDefinition(name: string, definition: unknown): asserts definition is ModelDefinition {
  if (typeof definition !== 'object' || definition === null) {
    throw invalidOption('definition', definition, 'a definition: { load, run?, dispose?, … }', name);
  }
  const given = definition as Record<string, unknown>;
  if (typeof given.load !== 'function') throw invalidOption('load', given.load, 'a function', name);
  for (const method of METHODS) {
    if (given[method] !== undefined && typeof given[method] !== 'function') {
      throw invalidOption(method, given[method], 'a function', name);
    }
  }
  if (given.estimateBytes !== undefined && typeof given.estimateBytes !== 'function') {
    checkEstimate(name, given.estimateBytes);
  }
  if (given.pinned !== undefined && typeof given.pinned !== 'boolean') {
    throw invalidOption('pinned', given.pinned, 'true or false', name);
  }
  duration(`models.${name}.idleTimeoutMs`, given.idleTimeoutMs, 0);
  duration(`models.${name}.loadTimeoutMs`, given.loadTimeoutMs, 0);
  count(`models.${name}.maxConcurrency`, given.maxConcurrency, 1, 1);
  count(`models.${name}.maxQueue`, given.maxQueue, 0, 0);
}

/** @throws WarmsetError `ERR_MODEL_INVALID` */
export function checkEstimate(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  throw invalidOption('estimateBytes', value, 'a number of bytes ≥ 0, or a function that gives one', name);
}
