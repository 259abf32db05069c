import { describeValue, WarmsetError } from './errors.js';

/** Takes what was given for an option (`undefined` where nothing was) to its value, or throws `ERR_MODEL_INVALID`. */
export type Check<T> = (option: string, given: unknown) => T;

/** What a group of checks makes of its options. */
export type Checked<Group> = { readonly [K in keyof Group]: Group[K] extends Check<infer T> ? T : never };

/** Milliseconds ≥ 0, `Infinity` included. */
export const milliseconds = (fallback: number) =>
  numeric(fallback, (ms) => ms >= 0, 'milliseconds ≥ 0, or Infinity');

/** A whole number, `Infinity` included. */
export const whole = (least: number, fallback: number) =>
  numeric(
    fallback,
    (n) => n >= least && (Number.isInteger(n) || n === Number.POSITIVE_INFINITY),
    `a whole number ≥ ${least}`,
  );

export const between = (least: number, most: number, fallback: number) =>
  numeric(fallback, (n) => n >= least && n <= most, `a number from ${least} to ${most}`);

/** An object with these methods. */
export function methods<T>(names: readonly string[], fallback: T): Check<T> {
  return (option, given = fallback) => {
    const has = (name: string) => typeof (given as Record<string, unknown> | null)?.[name] === 'function';
    if (names.every(has)) return given as T;
    throw invalidOption(option, given, `an object with ${names.join('(), ')}()`);
  };
}

/** One of these, or nothing. */
export function oneOf<T>(...values: readonly T[]): Check<T | undefined> {
  return (option, given) => {
    if (given === undefined || values.includes(given as T)) return given as T | undefined;
    throw invalidOption(option, given, values.map((value) => describeValue(value)).join(' or '));
  };
}

/** What is right is found out where it is used. */
export function anyOf<T>(): Check<T | undefined> {
  return (_option, given) => given as T | undefined;
}

export const aFunction: Check<unknown> = (option, given) => {
  if (typeof given === 'function') return given;
  throw invalidOption(option, given, 'a function');
};

/** A function, or nothing. */
export const optionalFunction: Check<unknown> = (option, given) =>
  given === undefined ? given : aFunction(option, given);

/** Nested options; one that does not exist is refused, since a misspelt one would otherwise be silently ignored. */
export function group<G extends Record<string, Check<unknown>>>(checks: G): Check<Checked<G>> {
  return (path, given = {}) => {
    // An array or a Map would pass for an object without any options.
    if (typeof given !== 'object' || given === null || Symbol.iterator in given)
      throw invalidOption(path || 'options', given, 'an object');
    const at = (key: string) => (path === '' ? key : `${path}.${key}`);
    for (const key of Object.keys(given)) {
      if (Object.hasOwn(checks, key)) continue;
      const known = Object.keys(checks).join(', ');
      throw new WarmsetError('ERR_MODEL_INVALID', `There is no option ${at(key)}; known are ${known}.`);
    }
    const value = (key: string) => (given as Record<string, unknown>)[key];
    return Object.fromEntries(
      Object.entries(checks).map(([key, check]) => [key, check(at(key), value(key))]),
    ) as Checked<G>;
  };
}

export function invalidOption(option: string, given: unknown, expected: string): WarmsetError {
  return new WarmsetError(
    'ERR_MODEL_INVALID',
    `Option ${option}: expected ${expected}, got ${describeValue(given)}.`,
  );
}

function numeric(fallback: number, fits: (given: number) => boolean, expected: string): Check<number> {
  return (option, given = fallback) => {
    if (typeof given === 'number' && fits(given)) return given;
    throw invalidOption(option, given, expected);
  };
}
