import { amount, anyObject, count, flag, list, mapOf, object, oneOf, type Schema, text } from './parts.js';

const state = oneOf('idle', 'queued', 'loading', 'ready', 'draining', 'failed');
const source = oneOf('process', 'runtime', 'rss', 'estimate', 'none');
const isolation = oneOf('inline', 'thread', 'process');
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });

/** What `ModelStatus` of the registry has. */
const status = {
  name: text,
  state,
  leases: count,
  waiting: count,
  pinned: flag,
  loads: count,
  loadFailures: count,
  evictions: count,
  runs: count,
  runFailures: count,
  'load?': object({
    lastMs: amount,
    meanMs: amount,
    maxMs: amount,
    queuedMs: amount,
    at: amount,
    'progress?': amount,
  }),
  'run?': object({ meanMs: amount, p50Ms: amount, p95Ms: amount, p99Ms: amount }),
  memory: object({
    bytes: amount,
    source,
    'hostBytes?': amount,
    'estimatedBytes?': amount,
    'reservedBytes?': amount,
  }),
  isolation,
  'runtime?': text,
  'signature?': anyObject,
  'lastUsedAt?': amount,
  'expiresAt?': amount,
};

const failure = object({ code: text, message: text, at: amount, 'retryAt?': amount });
const megabytes = amount;

/** What Warmset's own routes take and give. */
export const warmsetSchemas: Readonly<Record<string, Schema>> = {
  RunRequest: object({ input: {} }, true),
  RunResponse: object({ model_name: text, output: {}, cold: flag, ms: amount }),
  Accepted: object({ name: text, state, message: text }),
  ModelStatus: object({ ...status, 'error?': failure }),
  Explanation: object({
    name: text,
    state,
    summary: text,
    decisions: list(object({ at: amount, kind: text, reason: text, numbers: mapOf(amount) })),
    budget: object({
      option: { type: ['string', 'number', 'null'] },
      budgetBytes: orNull(amount),
      limitBytes: amount,
      limitSource: text,
      processBytes: amount,
      reserveBytes: amount,
      floorBytes: amount,
      sentence: text,
    }),
  }),
  EvictReport: object({ evicted: flag, freedBytes: amount, waitedMs: amount }),
  Health: object({
    status: oneOf('ok', 'stuck', 'closing', 'closed'),
    model_loaded: flag,
    model_loading: flag,
    model_error: orNull(text),
    timestamp: { type: 'string', format: 'date-time' },
    models: mapOf(state),
  }),
  ModelStatuses: mapOf(
    object({
      ...status,
      loaded: flag,
      loading: flag,
      error: orNull(text),
      load_time: orNull(amount),
      'last_error?': failure,
    }),
  ),
  MemoryStatus: object({
    system_memory: object({
      total_mb: megabytes,
      available_mb: megabytes,
      used_mb: megabytes,
      percent_used: amount,
    }),
    process_memory: object({
      rss_mb: megabytes,
      heap_total_mb: megabytes,
      heap_used_mb: megabytes,
      external_mb: megabytes,
      array_buffers_mb: megabytes,
    }),
    models: list(object({ name: text, mb: megabytes, bytes: amount, source })),
    hosts: object({ mb: megabytes, bytes: amount }),
    budget: object({
      total_mb: megabytes,
      used_mb: megabytes,
      reserved_mb: megabytes,
      available_mb: megabytes,
      bytes: amount,
      used_bytes: amount,
      reserved_bytes: amount,
      sentence: text,
    }),
  }),
  Readiness: object({
    ready: flag,
    draining: flag,
    required: mapOf(object({ state, 'error?': text })),
    failed: mapOf(text),
  }),
};
