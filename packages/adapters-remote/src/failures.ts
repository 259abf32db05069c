import type { IncomingHttpHeaders } from 'node:http';
import { ERROR_CODE } from '@warmset/open-inference';
import type { ErrorCode } from '@warmset/registry';
import { WarmsetError } from '@warmset/registry/adapter';
import type { Address } from './address.js';
import type { ExchangeFailure, HttpAnswer } from './exchange.js';

/** What an error says of where it came from. */
export interface Origin {
  /** The model's name in the registry here. */
  readonly modelName: string;
  readonly address: Address;
}

/** A code of the server's registry, as it is for a caller of this one. */
const CODE_HERE: Readonly<Record<ErrorCode, ErrorCode>> = {
  ERR_MODEL_NOT_FOUND: 'ERR_MODEL_NOT_FOUND',
  ERR_MODEL_EXISTS: 'ERR_MODEL_EXISTS',
  ERR_MODEL_INVALID: 'ERR_MODEL_INVALID',
  ERR_LOAD_FAILED: 'ERR_LOAD_FAILED',
  ERR_LOAD_TIMEOUT: 'ERR_LOAD_TIMEOUT',
  ERR_MODEL_TOO_LARGE: 'ERR_MODEL_TOO_LARGE',
  ERR_MEMORY_BUDGET: 'ERR_MEMORY_BUDGET',
  ERR_QUEUE_FULL: 'ERR_QUEUE_FULL',
  ERR_TIMEOUT: 'ERR_TIMEOUT',
  ERR_MODEL_CRASHED: 'ERR_MODEL_CRASHED',
  ERR_RUN_FAILED: 'ERR_RUN_FAILED',
  ERR_INPUT_INVALID: 'ERR_INPUT_INVALID',
  ERR_RUNTIME_MISSING: 'ERR_RUNTIME_MISSING',
  // The registry here is open: what has gone is what held the model.
  ERR_REGISTRY_CLOSED: 'ERR_MODEL_CRASHED',
};

/** Where a server gives no code of ours. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  // The server has begun to load the model and waits for nobody.
  202: 'ERR_TIMEOUT',
  400: 'ERR_INPUT_INVALID',
  404: 'ERR_MODEL_NOT_FOUND',
  408: 'ERR_TIMEOUT',
  413: 'ERR_INPUT_INVALID',
  415: 'ERR_INPUT_INVALID',
  422: 'ERR_INPUT_INVALID',
  429: 'ERR_QUEUE_FULL',
  504: 'ERR_TIMEOUT',
};

/** Codes of a request that is as wrong the next time. */
const SAME_AGAIN: ReadonlySet<ErrorCode> = new Set([
  'ERR_INPUT_INVALID',
  'ERR_MODEL_INVALID',
  'ERR_MODEL_NOT_FOUND',
  'ERR_RUNTIME_MISSING',
]);

/** How messages call a server that may reach the clients of this one, who are not to learn where it is. */
const ITS_SERVER = 'its server';

/**
 * The error that an answer with another status than 200 stands for: the server's own, where it is ours.
 *
 * @param server how the message calls it: for an operator by its address
 */
export function refusedBy(answer: HttpAnswer, { modelName }: Origin, server = ITS_SERVER): WarmsetError {
  const { status, headers } = answer;
  const code = codeOf(answer);
  const said = textOf(answer);
  const text = `Model "${modelName}": ${server} answered ${status}${said === '' ? '' : `: ${said}`}`;
  return new WarmsetError(code, /[.!?]$/.test(text) ? text : `${text}.`, {
    modelName,
    retryAfterMs: retryAfterMs(headers),
    // A token that is refused is so the next time, too.
    retriable: SAME_AGAIN.has(code) || status === 401 || status === 403 ? false : undefined,
  });
}

function codeOf({ status, headers }: HttpAnswer): ErrorCode {
  const given = headers[ERROR_CODE];
  if (typeof given === 'string' && Object.hasOwn(CODE_HERE, given)) return CODE_HERE[given as ErrorCode];
  return CODE_OF_STATUS[status] ?? 'ERR_RUN_FAILED';
}

/** What is longer says nothing more. */
const LONGEST_TEXT = 1000;

/** `{"error": "…"}`, else what the body says, as far as it can be shown. */
function textOf({ body }: HttpAnswer): string {
  const text = Buffer.from(body.subarray(0, 8 * LONGEST_TEXT)).toString();
  const said = errorOf(text) ?? text;
  const shown = said.replace(/[\p{Cc}\p{Surrogate}\s]+/gu, ' ').trim();
  return shown.length > LONGEST_TEXT ? `${shown.slice(0, LONGEST_TEXT)}…` : shown;
}

function errorOf(text: string): string | undefined {
  try {
    const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown };
    // A 202 has a message.
    return [error, message].find((said) => typeof said === 'string') as string | undefined;
  } catch {
    return undefined;
  }
}

/** `Retry-After` in seconds or as a date, as [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#name-retry-after) has it. */
function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** The error that a request ends with that came to no answer. */
export function unanswered({ message, sent, cause }: ExchangeFailure, origin: Origin): WarmsetError {
  const { modelName, address } = origin;
  const prefix = `Model "${modelName}": ${address.text}`;
  if (!sent) {
    const text = `${prefix} cannot be reached: ${message}. Nothing was sent.`;
    return new WarmsetError('ERR_RUN_FAILED', text, { modelName, cause });
  }
  if (isNoHttp(cause)) {
    const text = `${prefix} did not answer in HTTP: ${message}.`;
    return new WarmsetError('ERR_RUN_FAILED', text, { modelName, cause, retriable: false });
  }
  const text = `${prefix} ended the connection before its answer was complete: ${message}. Whether the request ran is not known.`;
  return new WarmsetError('ERR_MODEL_CRASHED', text, { modelName, cause });
}

/** By its name, since the error of undici's parser has no code in every case (7.30.2). */
function isNoHttp(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'HTTPParserError';
}

/** An answer that is not what the protocol says. */
export function unreadable(cause: WarmsetError, { modelName, address }: Origin): WarmsetError {
  const text = `Model "${modelName}": the answer of ${address.text} is not of the Open Inference Protocol V2. ${cause.message}`;
  return new WarmsetError('ERR_RUN_FAILED', text, { modelName, cause, retriable: false });
}

export function tooLarge(maxResponseBytes: number, { modelName, address }: Origin): WarmsetError {
  const text = `Model "${modelName}": the answer of ${address.text} is larger than ${maxResponseBytes} bytes (maxResponseBytes).`;
  return new WarmsetError('ERR_RUN_FAILED', text, { modelName, retriable: false });
}

export function tooSlow(timeoutMs: number, { modelName }: Origin): WarmsetError {
  const text = `Model "${modelName}": ${ITS_SERVER} did not answer within ${timeoutMs} ms (timeoutMs).`;
  return new WarmsetError('ERR_TIMEOUT', text, { modelName });
}
