import { defined } from './defined.js';
import type { ErrorCode } from './error-codes.js';

const BRAND = Symbol.for('warmset.error');

export interface WarmsetErrorOptions {
  /** The model that the error is about. */
  modelName?: string | undefined;
  /** The original error. */
  cause?: unknown;
  /** Milliseconds after which the same call may succeed; absent where waiting does not help. */
  retryAfterMs?: number | undefined;
  /** `false` stops the registry from retrying a load that failed with this error. */
  retriable?: boolean | undefined;
  /** A schema's own issues, as the [Standard Schema](https://standardschema.dev) gave them. */
  issues?: readonly SchemaIssue[] | undefined;
}

/** One thing a schema found wrong. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * The one error class of Warmset: a stable {@link ErrorCode | code}, the model's name, the original as `cause`.
 * Branded with `Symbol.for`, so that `instanceof` holds across two installed copies of the package.
 */
export class WarmsetError extends Error {
  declare readonly code: ErrorCode;
  declare readonly modelName?: string;
  declare readonly retryAfterMs?: number;
  declare readonly retriable?: boolean;
  declare readonly issues?: readonly SchemaIssue[];
  readonly [BRAND] = true;

  constructor(code: ErrorCode, message: string, options: WarmsetErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    const { cause: _cause, ...facts } = options;
    Object.assign(this, { name: 'WarmsetError', code }, defined(facts));
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
  }

  /** Plain JSON without the stack, which is not for a client's eyes. */
  toJSON(): { name: string; code: ErrorCode; message: string; modelName?: string; retryAfterMs?: number } {
    const { name, code, message, modelName, retryAfterMs } = this;
    return defined({ name, code, message, modelName, retryAfterMs });
  }
}

/** An error about one model, named in the message. */
export function modelError(
  code: ErrorCode,
  modelName: string,
  text: string,
  options?: WarmsetErrorOptions,
): WarmsetError {
  return new WarmsetError(code, `Model "${modelName}" ${text}`, { modelName, ...options });
}

/** The text of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === 'string' ? thrown : describeValue(thrown);
}

/** What came was a promise where a value was expected: what it rejects with must not end the process. */
export function ignoreRejection(value: unknown): void {
  if (value instanceof Promise) value.catch(() => {});
}

/** A value as an error message may show it: short, quoted where it is text, never the whole of something large. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `"${shortened(value)}"`;
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return shortened(`${value}n`);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return shortened(value.toString());
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== 'Object' ? `a ${shortened(name)}` : 'an object';
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
