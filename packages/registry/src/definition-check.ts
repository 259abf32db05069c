import type { ModelDefinition } from './definition.js';
import { describeValue, WarmsetError } from './errors.js';
import {
  aFunction,
  type Check,
  invalidOption,
  milliseconds,
  oneOf,
  optionalFunction,
  whole,
} from './option-check.js';

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

const MEMBERS: Readonly<Record<string, Check<unknown>>> = {
  load: aFunction,
  startRuntime: optionalFunction,
  run: optionalFunction,
  dispose: optionalFunction,
  estimateBytes: (option, given) => (typeof given === 'function' ? given : checkEstimate(option, given ?? 0)),
  measureBytes: optionalFunction,
  warmup: optionalFunction,
  describe: optionalFunction,
  describeRuntime: optionalFunction,
  pipeline: optionalFunction,
  pinned: oneOf(true, false),
  isolation: oneOf('inline', 'thread', 'process'),
  idleTimeoutMs: milliseconds(0),
  maxConcurrency: whole(1, 1),
  maxQueue: whole(0, 0),
  loadTimeoutMs: milliseconds(0),
};

/** @throws WarmsetError `ERR_MODEL_INVALID` that names the member, what came and what would be right. */
export function checkDefinition(name: string, definition: unknown): asserts definition is ModelDefinition {
  if (typeof definition !== 'object' || definition === null) {
    throw invalidOption(`models.${name}`, definition, 'a definition: { load, run?, dispose?, … }');
  }
  for (const [member, check] of Object.entries(MEMBERS)) {
    check(`models.${name}.${member}`, (definition as Record<string, unknown>)[member]);
  }
  const { isolation, portable } = definition as ModelDefinition;
  if (isolation === undefined || isolation === 'inline' || portable !== undefined) return;
  const expected = `'inline', since the definition is not portable ({ portable: { module, export, options } })`;
  throw invalidOption(`models.${name}.isolation`, isolation, expected);
}

/** @throws WarmsetError `ERR_MODEL_INVALID` */
export function checkEstimate(option: string, given: unknown): number {
  if (typeof given === 'number' && given >= 0 && given < Number.POSITIVE_INFINITY) return given;
  throw invalidOption(option, given, 'a number of bytes ≥ 0, or a function that gives one');
}
