import { z } from 'zod';
import { ROUTE_GROUPS } from '../../options.js';
import { isBudgetShare } from '../serve/budget.js';
import type { WarmsetConfig } from './define.js';
import { type ConfigProblem, problemsOf } from './problems.js';

// Each message is what was expected, as it stands after the word in a problem.
const number = (expected: string, fits: (given: number) => boolean) =>
  z.custom<number>((given) => typeof given === 'number' && fits(given), expected);
const ms = number('milliseconds ≥ 0, or Infinity', (given) => given >= 0);
const whole = (least: number, most = Number.POSITIVE_INFINITY) =>
  number(
    `a whole number ${most === Number.POSITIVE_INFINITY ? `≥ ${least}` : `from ${least} to ${most}`}`,
    (given) =>
      given >= least && given <= most && (Number.isInteger(given) || given === Number.POSITIVE_INFINITY),
  );
const share = (least: number, most: number) =>
  number(`a number from ${least} to ${most}`, (given) => given >= least && given <= most);
const string = (expected: string) =>
  z.custom<string>((given) => typeof given === 'string' && given !== '', expected);
const boolean = z.boolean('true or false');
const strings = (expected: string) => z.array(z.string(expected), expected);
const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, values.map((value) => `'${value}'`).join(' or '));
const aFunction = z.custom((given) => typeof given === 'function', 'a function');
const methods = (expected: string, ...names: readonly string[]) =>
  z.custom<object>(
    (given) => names.every((name) => typeof (given as Record<string, unknown> | null)?.[name] === 'function'),
    expected,
  );
/** All optional: but for the models, a config need say nothing. */
const group = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape, 'an object').partial();

const MODEL = `a definition such as onnxModel({ path }), a path, or { path, … }`;
const model = z.custom<object | string>((given) => {
  if (typeof given === 'string') return given !== '';
  if (typeof given !== 'object' || given === null) return false;
  // What else a definition is made of, the registry checks.
  return 'load' in given || ('path' in given && typeof given.path === 'string');
}, MODEL);

const MODELS = 'a folder, or models by name';
const kind = oneOf('inline', 'thread', 'process');

/** Everything a config may say; {@link WarmsetConfig} is its type. */
const shape = {
  models: z.union([string(MODELS), z.record(z.string(), model, MODELS)], MODELS),
  port: whole(0, 65_535).optional(),
  host: string('an address or a host name').optional(),
  shutdownTimeoutMs: ms.optional(),
  memory: group({
    budgetBytes: z.union(
      [number('', (given) => given > 0), z.literal('auto'), z.custom<`${number}%`>(isBudgetShare, '')],
      `a number of bytes > 0, a share of the limit up to '100%', or 'auto'`,
    ),
    floorBytes: number('a number of bytes ≥ 0', (given) => given >= 0 && Number.isFinite(given)),
    probe: methods('a memory probe', 'rssBytes', 'limitBytes', 'availableBytes'),
    waitTimeoutMs: ms,
  }).optional(),
  load: group({
    concurrency: whole(1),
    timeoutMs: ms,
    stallTimeoutMs: ms,
    retries: whole(0),
    backoff: group({ initialMs: ms, maxMs: ms, factor: share(1, 100), jitter: share(0, 1) }),
    cooldownMs: ms,
  }).optional(),
  eviction: z
    .union(
      [oneOf('cost', 'lru', 'lfu'), methods('', 'score')],
      `'cost', 'lru', 'lfu' or { name, score(candidate, now) }`,
    )
    .optional(),
  idleTimeoutMs: ms.optional(),
  isolation: z
    .union(
      [
        kind,
        group({
          kind,
          placement: oneOf('auto', 'shared', 'per-model'),
          maxHosts: whole(1),
          idleHostMs: ms,
          ownHostBytes: whole(0),
          runTimeoutMs: ms,
          hostFile: z.union([string(''), z.instanceof(URL)], 'a file'),
          fallback: oneOf('inline'),
          execArgv: strings('a list of texts'),
          env: z.record(z.string(), z.string('a text'), 'texts by name'),
          recycle: group({ afterRuns: whole(1), afterMs: ms, aboveBytes: whole(1), jitter: share(0, 1) }),
        }),
      ],
      `'inline', 'thread', 'process' or an object`,
    )
    .optional(),
  clock: methods('a clock', 'now', 'setTimeout', 'clearTimeout').optional(),
  connections: group({
    headerBytes: whole(1_024),
    headersMs: ms,
    receiveMs: ms,
    sendMs: ms,
    keepAliveMs: ms,
    maxConnections: whole(1),
  }).optional(),
  basePath: string(`a path such as '/api/warmset'`).optional(),
  name: string('a name').optional(),
  routes: group(Object.fromEntries(ROUTE_GROUPS.map((name) => [name, boolean]))).optional(),
  preload: z.union([z.literal('all'), strings('')], `'all' or a list of models' names`).optional(),
  cold: oneOf('wait', 'accept', 'refuse').optional(),
  limits: group({
    bodyBytes: whole(1),
    bufferedBytes: whole(1),
    tensorElements: whole(1),
    batch: whole(1),
    jsonDepth: whole(1),
    requestMs: ms,
    inFlight: whole(1),
    queue: whole(0),
  }).optional(),
  admin: group({
    token: z.string('a text of at least 16 characters').min(16, 'a text of at least 16 characters'),
    authorize: aFunction,
  }).optional(),
  cors: z
    .union(
      [
        z.literal(false),
        z.strictObject({ origin: z.union([string(''), strings('')], `'*', an origin, or a list`) }),
      ],
      'false or { origin }',
    )
    .optional(),
  metrics: group({
    registry: methods('a Registry of prom-client', 'registerMetric'),
    defaults: boolean,
  }).optional(),
  events: group({ maxClients: whole(0), snapshotMs: ms, heartbeatMs: ms, bufferBytes: whole(1) }).optional(),
  telemetry: boolean.optional(),
  logger: methods('a logger such as pino()', 'error', 'warn', 'info').optional(),
} satisfies Record<keyof WarmsetConfig, z.ZodType>;

const schema = z.strictObject(shape, 'an object: export default defineConfig({ … })');

/** Every problem of a config, none where it is one. */
export function checkConfig(config: unknown): ConfigProblem[] {
  const result = schema.safeParse(config);
  return result.success ? [] : problemsOf(result.error.issues, config, knownKeys);
}

/** The keys that the schema has at a place. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  return path
    .reduce<readonly z.core.$ZodType[]>(within, [schema])
    .flatMap(objectsOf)
    .flatMap((object) => Object.keys(object.shape));
}

function within(types: readonly z.core.$ZodType[], key: PropertyKey): z.core.$ZodType[] {
  return types
    .flatMap(objectsOf)
    .map((object) => object.shape[String(key)])
    .filter((type) => type !== undefined);
}

/** The object types that a type may be. */
function objectsOf(type: z.core.$ZodType): z.ZodObject[] {
  if (type instanceof z.ZodOptional) return objectsOf(type.unwrap());
  if (type instanceof z.ZodUnion) return type.options.flatMap(objectsOf);
  return type instanceof z.ZodObject ? [type] : [];
}
