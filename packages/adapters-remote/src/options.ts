import type { ModelDefinition, TensorMap } from '@warmset/registry';
import { describeValue, WarmsetError } from '@warmset/registry/adapter';
import { isAddress, isSocketPath } from './address.js';
import type { RemoteModel } from './model.js';

type RegistryOptions = Pick<
  ModelDefinition<RemoteModel, TensorMap, TensorMap>,
  'pinned' | 'idleTimeoutMs' | 'maxConcurrency' | 'maxQueue' | 'loadTimeoutMs' | 'metadata' | 'warmup'
>;

interface SharedOptions extends RegistryOptions {
  /** The model's name on the server. */
  model: string;
  /** Its version; left out, the server chooses. */
  version?: string;
  /** Sent as `Authorization: Bearer …`. No error shows it. */
  token?: string;
  /** Further headers of each request, such as the `host` that a gateway routes by. */
  headers?: Readonly<Record<string, string>>;
  /** Milliseconds a request may take, its retries included. Default: 60,000. */
  timeoutMs?: number;
  /** Milliseconds that connecting may take. Default: 5,000. */
  connectTimeoutMs?: number;
  /** Connections at a time; each carries one request, more requests wait. Default: 64. */
  connections?: number;
  /** How often a run is tried again where nothing of it was sent, since no connection was to be had. Default: 3. */
  retries?: number;
  /** Bytes of an answer; past it the connection is closed. Default: 256 MiB. */
  maxResponseBytes?: number;
  /** Tensors as bytes (default) or, for a server without the binary tensor data extension, in JSON. */
  binary?: boolean;
}

/** What {@link remoteModel} takes: `url` or `socketPath`, the model's name, and what else is known. */
export type RemoteModelOptions = SharedOptions &
  (
    | {
        /** Where the server is, e.g. `http://10.0.0.7:8000`; a path before `/v2` may follow. */
        url: string | URL;
        socketPath?: never;
      }
    | {
        /** The Unix socket it listens on; a relative path starts at `process.cwd()` as it is when the model is defined. */
        socketPath: string;
        url?: never;
      }
  );

type OptionName = keyof SharedOptions | 'url' | 'socketPath';

interface Rule {
  readonly expected: string;
  accepts(value: unknown): boolean;
  /** What it holds is in no message. */
  readonly secret?: boolean;
}

/** What each option must be. Ranges of the registry's own options are the registry's to check, when a model is registered. */
const RULES: Readonly<Record<OptionName, Rule>> = {
  // A URL may hold a password, where it should not.
  url: {
    expected: 'an http: or https: URL without credentials, query or fragment',
    accepts: isAddress,
    secret: true,
  },
  socketPath: { expected: 'the path of a Unix socket, short enough for one', accepts: isSocketPath },
  model: { expected: 'a name', accepts: isPathSegment },
  version: { expected: 'a version, as text', accepts: isPathSegment },
  token: {
    expected: 'text that a header can hold',
    accepts: (value) => isText(value, /^[\x21-\x7e]+$/),
    secret: true,
  },
  headers: {
    expected: 'an object of headers, without those that describe the connection or the body',
    accepts: isHeaders,
    secret: true,
  },
  timeoutMs: { expected: 'a number of milliseconds > 0', accepts: isAboveZero },
  connectTimeoutMs: { expected: 'a number of milliseconds > 0', accepts: isAboveZero },
  connections: { expected: 'a whole number ≥ 1', accepts: (value) => isWhole(value, 1) },
  retries: { expected: 'a whole number ≥ 0', accepts: (value) => isWhole(value, 0) },
  maxResponseBytes: { expected: 'a whole number of bytes ≥ 1', accepts: (value) => isWhole(value, 1) },
  binary: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  pinned: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  idleTimeoutMs: { expected: 'a number of milliseconds', accepts: isNumber },
  maxConcurrency: { expected: 'a number', accepts: isNumber },
  maxQueue: { expected: 'a number', accepts: isNumber },
  loadTimeoutMs: { expected: 'a number of milliseconds', accepts: isNumber },
  metadata: { expected: 'an object', accepts: isPlain },
  warmup: { expected: 'a function', accepts: (value) => typeof value === 'function' },
};

/** @throws WarmsetError `ERR_MODEL_INVALID` that names the option, what came and what would be right. */
export function checkOptions(options: unknown): asserts options is RemoteModelOptions {
  if (!isPlain(options)) {
    throw invalid(
      `takes an object such as { url: 'http://127.0.0.1:8000', model: 'heart' }, got ${describeValue(options)}`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(RULES, name)) {
      throw invalid(`has no option ${describeValue(name)}; it takes ${Object.keys(RULES).join(', ')}`);
    }
    const rule = RULES[name as OptionName];
    if (value !== undefined && !rule.accepts(value)) {
      const got = rule.secret && typeof value !== 'number' ? `another ${typeof value}` : describeValue(value);
      throw invalid(`option "${name}" must be ${rule.expected}, got ${got}`);
    }
  }
  const { url, socketPath, model } = options;
  if (url === undefined && socketPath === undefined)
    throw invalid('needs "url" or "socketPath", got neither');
  if (url !== undefined && socketPath !== undefined) {
    throw invalid('takes "url" or "socketPath", got both; leave one out');
  }
  if (model === undefined) throw invalid('needs "model", the name on the server');
}

function invalid(text: string): WarmsetError {
  return new WarmsetError('ERR_MODEL_INVALID', `remoteModel() ${text}.`, { retriable: false });
}

/** What can stand in a path. A proxy may take `.` and `..` for steps in it, however they are written. */
function isPathSegment(value: unknown): boolean {
  return typeof value === 'string' && !/^\.{0,2}$|\p{Surrogate}/u.test(value);
}

/** Headers that are the connection's, or follow from the body. */
const OWN_HEADERS = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'inference-header-content-length',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

function isHeaders(value: unknown): boolean {
  if (!isPlain(value)) return false;
  return Object.entries(value).every(
    ([name, text]) =>
      /^[\w!#$%&'*+.^`|~-]+$/.test(name) &&
      !OWN_HEADERS.has(name.toLowerCase()) &&
      isText(text, /^[\t\x20-\x7e\x80-\xff]*$/),
  );
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value) &&
    !(value instanceof URL)
  );
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

function isAboveZero(value: unknown): boolean {
  return isNumber(value) && (value as number) > 0;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value);
}
