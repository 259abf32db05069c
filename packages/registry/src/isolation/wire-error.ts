import { ERROR_CODES, type ErrorCode } from '../error-codes.js';
import { describeValue, type SchemaIssue, WarmsetError } from '../errors.js';

/** An error as it crosses to another thread or process: plain data that can always be cloned. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Whether it was a `WarmsetError`. */
  readonly warmset: boolean;
  /** What else it had of its own and can be cloned: `code`, `errno`, `retriable`, `modelName`, … */
  readonly facts: Readonly<Record<string, Primitive>>;
  readonly issues: readonly WireIssue[] | undefined;
  readonly cause: WireError | { readonly thrown: Primitive } | undefined;
}

type Primitive = string | number | boolean | bigint | null | undefined;
type WireIssue = { readonly message: string; readonly path?: readonly (string | number)[] };

/** What is longer says nothing more, and an error must not cost more than the request did. */
const LONGEST_TEXT = 16_384;
const MOST_FACTS = 16;
const DEEPEST_CAUSE = 8;

const SEPARATE = new Set(['name', 'message', 'stack', 'cause', 'issues', '__proto__']);

/** Whatever was thrown, as plain data. Never throws itself, whatever the error's own getters do. */
export function toWire(thrown: unknown, depth = 0): WireError {
  if (typeof thrown !== 'object' || thrown === null) {
    return { ...plain(), message: shortened(typeof thrown === 'string' ? thrown : describeValue(thrown)) };
  }
  const read = (key: string): unknown => attempt(() => (thrown as Record<string, unknown>)[key]);
  const text = (key: string): string | undefined => {
    const value = read(key);
    return typeof value === 'string' ? shortened(value) : undefined;
  };
  const isError = attempt(() => thrown instanceof Error) === true;
  return {
    name: text('name') ?? 'Error',
    message: text('message') ?? (isError ? '' : (attempt(() => describeValue(thrown)) ?? 'an object')),
    stack: text('stack'),
    warmset: attempt(() => thrown instanceof WarmsetError) === true,
    facts: factsOf(thrown, read),
    issues: issuesOf(read('issues')),
    cause: causeOf(thrown, read, depth),
  };
}

/** The error again: a `WarmsetError` where it was one, else an `Error` of the same name. */
export function fromWire(wire: WireError): Error {
  const error = isWarmset(wire) ? warmsetError(wire, wire.facts.code) : foreignError(wire);
  if (wire.stack !== undefined) {
    Object.defineProperty(error, 'stack', { value: wire.stack, writable: true, configurable: true });
  }
  return error;
}

function isWarmset(wire: WireError): wire is WireError & { readonly facts: { readonly code: ErrorCode } } {
  const { code } = wire.facts;
  return wire.warmset && typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}

function warmsetError(wire: WireError, code: ErrorCode): WarmsetError {
  const { modelName, retryAfterMs, retriable } = wire.facts;
  return new WarmsetError(code, wire.message, {
    ...(wire.cause !== undefined && { cause: revived(wire.cause) }),
    modelName: typeof modelName === 'string' ? modelName : undefined,
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined,
    retriable: typeof retriable === 'boolean' ? retriable : undefined,
    issues: wire.issues as readonly SchemaIssue[] | undefined,
  });
}

const CLASSES = { TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError };

function foreignError(wire: WireError): Error {
  const { name, message, cause } = wire;
  const known = Object.hasOwn(CLASSES, name) ? CLASSES[name as keyof typeof CLASSES] : Error;
  const error = new known(message, cause === undefined ? undefined : { cause: revived(cause) });
  if (error.name !== name) hidden(error, 'name', name);
  Object.assign(error, wire.facts);
  return error;
}

function revived(cause: NonNullable<WireError['cause']>): unknown {
  return 'thrown' in cause ? cause.thrown : fromWire(cause);
}

function hidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true });
}

function factsOf(thrown: object, read: (key: string) => unknown): Record<string, Primitive> {
  const facts: Record<string, Primitive> = {};
  const keys = (attempt(() => Object.keys(thrown)) ?? []).filter((key) => !SEPARATE.has(key));
  for (const key of new Set(['code', ...keys.slice(0, MOST_FACTS)])) {
    const value = read(key);
    if (value !== undefined && isPrimitive(value)) {
      facts[key] = typeof value === 'string' ? shortened(value) : value;
    }
  }
  return facts;
}

function causeOf(thrown: object, read: (key: string) => unknown, depth: number): WireError['cause'] {
  if (depth >= DEEPEST_CAUSE || attempt(() => 'cause' in thrown) !== true) return undefined;
  const cause = read('cause');
  return isPrimitive(cause) ? { thrown: cause } : toWire(cause, depth + 1);
}

function issuesOf(given: unknown): WireIssue[] | undefined {
  if (!Array.isArray(given)) return undefined;
  return given.slice(0, 100).map((issue: { message?: unknown; path?: unknown } | null) => {
    const message = shortened(String(attempt(() => issue?.message)));
    const path = attempt(() => issue?.path);
    return Array.isArray(path) ? { message, path: path.slice(0, 100).map(pathKey) } : { message };
  });
}

function pathKey(segment: unknown): string | number {
  const key = typeof segment === 'object' && segment !== null ? (segment as { key?: unknown }).key : segment;
  return typeof key === 'number' ? key : String(key);
}

function plain(): WireError {
  return {
    name: 'Error',
    message: '',
    stack: undefined,
    warmset: false,
    facts: {},
    issues: undefined,
    cause: undefined,
  };
}

function isPrimitive(value: unknown): value is Primitive {
  return (
    value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')
  );
}

function shortened(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

/** Errors have getters and proxies too, and those may throw. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
