import { DEFAULT_LIMITS } from '@warmset/open-inference';
import {
  type Check,
  type Checked,
  group,
  invalidOption,
  methods,
  milliseconds,
  oneOf,
  optionalFunction,
  whole,
} from '@warmset/registry/adapter';
import type { Registry } from 'prom-client';
import { consoleLogger, type Logger } from './logger.js';

/** The groups of routes, each of which can be switched off. */
export const ROUTE_GROUPS = [
  'v2',
  'models',
  'health',
  'probes',
  'metrics',
  'events',
  'dashboard',
  'openapi',
] as const;

export type RouteGroup = (typeof ROUTE_GROUPS)[number];

/** How much one request may ask for. What is over a limit is refused before it is read, wherever that can be known. */
export interface LimitOptions {
  /** Of a request's body, in bytes. Default 16 MiB. */
  bodyBytes?: number;
  /**
   * Of all the bodies that are in memory at a time, in bytes; no less than `bodyBytes`. Over it a request gets 503, before its
   * body is read where its length is told. Default 128 MiB, or `bodyBytes` where that is more.
   */
  bufferedBytes?: number;
  /** Of one tensor. Default 2^24: 64 MiB of FP32. */
  tensorElements?: number;
  /** The first dimension of every input that has more than one. Default `Infinity`. */
  batch?: number;
  /** Levels of nesting in JSON. Default 40. */
  jsonDepth?: number;
  /** How long a request may take, its model's load included, in milliseconds. Default 60 000. */
  requestMs?: number;
  /** Requests of one model that are being read, wait or run. Default 1 024. */
  inFlight?: number;
  /** Requests that may wait for one model that is not loaded. Default 1 024. */
  queue?: number;
}

/** Who may load, unload, evict and reload. */
export interface AdminOptions {
  /** Sent as `Authorization: Bearer <token>`; at least 16 characters. */
  token?: string;
  /** Decides itself; a throw refuses. The request's body cannot be read here. */
  authorize?(request: Request): boolean | Promise<boolean>;
}

export interface CorsOptions {
  /** `'*'`, or the origins that may read answers. */
  origin: string | readonly string[];
}

export interface MetricsOptions {
  /** Where the metrics are kept. Default: a registry of the server's own, and none of another library's. */
  registry?: Registry;
  /** Adds prom-client's metrics of the Node process. Default `false`. */
  defaults?: boolean;
}

export interface EventOptions {
  /** Clients of `/events` and of streamed requests at a time; one more gets 503. Default 64. */
  maxClients?: number;
  /** A snapshot goes out this often. Default 2 000. */
  snapshotMs?: number;
  /** A comment that keeps proxies from closing a silent connection. Default 15 000. */
  heartbeatMs?: number;
  /** Bytes that a client may be behind before it is dropped. Default 1 MiB. */
  bufferBytes?: number;
}

export interface ServerOptions {
  /** What stands before every path, where the framework does not take it off: `/api/warmset`. Default: nothing. */
  basePath?: string;
  /** Told by `GET /v2`. Default `warmset`. */
  name?: string;
  /** All are on by default. */
  routes?: Partial<Record<RouteGroup, boolean>>;
  /**
   * Models that readiness waits for. They load in the background: from the moment the server listens or the framework has
   * the routes; with `createHandler` from the first request, a probe's say, or `start()`. Default: none.
   */
  preload?: 'all' | readonly string[];
  /**
   * What a request for a model that is not loaded gets: it waits, or an answer at once while the load goes on, as 202
   * (`'accept'`) or 503 (`'refuse'`). A client asks for `'accept'` itself with `Prefer: respond-async`. Default `'wait'`.
   */
  cold?: 'wait' | 'accept' | 'refuse';
  limits?: LimitOptions;
  /** Without it nothing can be loaded, unloaded, evicted or reloaded over HTTP. */
  admin?: AdminOptions;
  /** Default `false`: browsers keep answers from pages of other origins. */
  cors?: false | CorsOptions;
  metrics?: MetricsOptions;
  events?: EventOptions;
  /** Spans and metrics, where `@opentelemetry/api` is installed. Default `true`. */
  telemetry?: boolean;
  /** A pino logger, say. Default: errors and warnings to stderr. */
  logger?: Logger;
}

const NEVER = Number.POSITIVE_INFINITY;

const text =
  (expected: string, fits: (given: string) => boolean, fallback: string): Check<string> =>
  (option, given = fallback) => {
    if (typeof given === 'string' && fits(given)) return given;
    throw invalidOption(option, given, expected);
  };

const basePath: Check<string> = (option, given) => {
  const path = text(
    "a path such as '/api/warmset'",
    (path) => /^(\/[\w.~-]+)*\/?$/.test(path),
    '',
  )(option, given);
  return path.replace(/\/$/, '');
};

const switched: Check<boolean> = (option, given) => oneOf(true, false)(option, given) ?? true;

const preload: Check<'all' | readonly string[]> = (option, given = []) => {
  if (given === 'all') return given;
  if (Array.isArray(given) && given.every((name) => typeof name === 'string')) return given;
  throw invalidOption(option, given, "'all' or an array of models' names");
};

const cold: Check<'wait' | 'accept' | 'refuse'> = (option, given) =>
  oneOf<'wait' | 'accept' | 'refuse'>('wait', 'accept', 'refuse')(option, given) ?? 'wait';

const BUFFERED_BYTES = 128 * 2 ** 20;

const optionalWhole: Check<number | undefined> = (option, given) =>
  given === undefined ? given : whole(1, 1)(option, given);

/** A body that is within its own limit must find room when no other is there. */
function withRoomForOne<L extends { readonly bodyBytes: number; readonly bufferedBytes: number | undefined }>(
  check: Check<L>,
): Check<L & { readonly bufferedBytes: number }> {
  return (option, given) => {
    const limits = check(option, given);
    const { bodyBytes, bufferedBytes = Math.max(BUFFERED_BYTES, bodyBytes) } = limits;
    if (bufferedBytes >= bodyBytes) return { ...limits, bufferedBytes };
    throw invalidOption(`${option}.bufferedBytes`, bufferedBytes, `at least limits.bodyBytes, ${bodyBytes}`);
  };
}

const SHORTEST_TOKEN = 16;

const token: Check<string | undefined> = (option, given) => {
  if (given === undefined || (typeof given === 'string' && given.length >= SHORTEST_TOKEN)) return given;
  // The token itself must not end up in a log.
  const came = typeof given === 'string' ? `${given.length} characters` : typeof given;
  throw invalidOption(option, came, `a string of at least ${SHORTEST_TOKEN} characters`);
};

const admin: Check<AdminOptions | undefined> = (option, given) => {
  if (given === undefined) return undefined;
  const checked = group({ token, authorize: optionalFunction })(option, given);
  if (checked.token !== undefined || checked.authorize !== undefined) return checked as AdminOptions;
  throw invalidOption(option, given, '{ token } or { authorize }');
};

const origin: Check<string | readonly string[]> = (option, given) => {
  const isList = Array.isArray(given) && given.every((one) => typeof one === 'string');
  if (isList || (typeof given === 'string' && given !== '')) return given;
  throw invalidOption(option, given, "'*', an origin or an array of origins");
};

const cors: Check<CorsOptions | undefined> = (option, given = false) =>
  given === false ? undefined : group({ origin })(option, given);

const store: Check<Registry | undefined> = (option, given) => {
  if (given === undefined || typeof (given as Registry | null)?.registerMetric === 'function') {
    return given as Registry | undefined;
  }
  throw invalidOption(option, given, 'a Registry of prom-client');
};

const OPTIONS = {
  basePath,
  name: text('a name', (name) => name !== '', 'warmset'),
  routes: group(
    Object.fromEntries(ROUTE_GROUPS.map((name) => [name, switched])) as Record<RouteGroup, Check<boolean>>,
  ),
  preload,
  cold,
  limits: withRoomForOne(
    group({
      bodyBytes: whole(1, 16 * 2 ** 20),
      bufferedBytes: optionalWhole,
      tensorElements: whole(1, 2 ** 24),
      batch: whole(1, NEVER),
      jsonDepth: whole(1, DEFAULT_LIMITS.maxDepth),
      requestMs: milliseconds(60_000),
      inFlight: whole(1, 1_024),
      queue: whole(0, 1_024),
    }),
  ),
  admin,
  cors,
  metrics: group({ registry: store, defaults: oneOf(true, false) }),
  events: group({
    maxClients: whole(0, 64),
    snapshotMs: milliseconds(2_000),
    heartbeatMs: milliseconds(15_000),
    bufferBytes: whole(1, 2 ** 20),
  }),
  telemetry: switched,
  logger: methods<Logger>(['error', 'warn', 'info'], consoleLogger),
};

/** The options with every default filled in. */
export type Settings = Checked<typeof OPTIONS>;

/** @throws WarmsetError `ERR_MODEL_INVALID` that names the option, what came and what would be right. */
export function resolveSettings(options: ServerOptions): Settings {
  return group(OPTIONS)('', options);
}
