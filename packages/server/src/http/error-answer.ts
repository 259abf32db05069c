import { ERROR_CODE } from '@warmset/open-inference';
import { type ErrorCode, WarmsetError } from '@warmset/registry';
import type { Logger } from '../logger.js';
import { type Answer, jsonAnswer } from './answer.js';
import { HttpError } from './http-error.js';
import { safeText } from './safe-text.js';

/** What a client sees of each error. Where waiting helps, `Retry-After` says how long. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  ERR_INPUT_INVALID: 400,
  ERR_MODEL_NOT_FOUND: 404,
  ERR_MODEL_EXISTS: 409,
  ERR_QUEUE_FULL: 429,
  ERR_RUN_FAILED: 500,
  ERR_RUNTIME_MISSING: 500,
  // The only option that a request can meet is a model that has no `run`.
  ERR_MODEL_INVALID: 501,
  ERR_LOAD_FAILED: 503,
  ERR_LOAD_TIMEOUT: 503,
  ERR_MODEL_TOO_LARGE: 503,
  ERR_MEMORY_BUDGET: 503,
  ERR_TIMEOUT: 503,
  ERR_MODEL_CRASHED: 503,
  ERR_REGISTRY_CLOSED: 503,
};

/** Of these the next try may go well, also where nobody knows when. */
const WORTH_ANOTHER_TRY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_QUEUE_FULL',
  'ERR_MEMORY_BUDGET',
  'ERR_TIMEOUT',
  'ERR_MODEL_CRASHED',
  'ERR_LOAD_TIMEOUT',
]);

/** A load that failed is logged once, where it failed, however many requests meet it. */
const LOGGED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ERR_RUN_FAILED', 'ERR_MODEL_INVALID']);

/** As nginx has it: the client has hung up, so nobody reads this. */
const GONE = 499;

/** Logs what is the server's own fault, and says of it what a stranger may know. */
export function errorAnswer(error: unknown, logger: Logger, signal?: AbortSignal): Answer {
  if (error instanceof HttpError) {
    if (error.status === 500) logger.error({ err: error }, 'a request failed');
    return jsonAnswer({ error: error.message }, error.status, {
      ...error.headers,
      ...retryAfter(error.retryAfterMs),
    });
  }
  if (error instanceof WarmsetError) {
    const { code, modelName } = error;
    const status = STATUS[code] ?? 500;
    if (LOGGED.has(code)) logger.error({ err: error, code, model: modelName }, 'a request failed');
    const waitMs = error.retryAfterMs ?? (WORTH_ANOTHER_TRY.has(code) ? 1_000 : undefined);
    return jsonAnswer({ error: safeText(error) }, status, { [ERROR_CODE]: code, ...retryAfter(waitMs) });
  }
  if (signal?.aborted) return jsonAnswer({ error: 'The client has closed the connection.' }, GONE);
  logger.error({ err: error }, 'a request failed');
  return jsonAnswer({ error: 'Internal error.' }, 500);
}

/** Whole seconds, at least 1, as [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#name-retry-after) has it. */
export function retryAfter(ms: number | undefined): Record<string, string> {
  if (ms === undefined || !Number.isFinite(ms)) return {};
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) };
}
