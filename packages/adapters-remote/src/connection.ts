import type { Clock } from '@warmset/registry';
import type { Pool } from 'undici';
import { ExchangeFailure, exchange, type HttpAnswer, type HttpRequest } from './exchange.js';
import { type Origin, tooLarge, tooSlow, unanswered } from './failures.js';
import type { Target } from './target.js';
import { sleep, startTimer } from './timers.js';

/** What a connection is opened for. */
export interface ConnectionUser {
  /** The model's name in the registry. */
  readonly name: string;
  /** The registry's. */
  readonly clock: Clock;
}

/** Failures to connect that may pass: the server restarts, its socket is not there yet, its name not known yet. */
const PASSING = new Set<unknown>([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** Before the first retry; twice as long before each further one. */
const FIRST_WAIT_MS = 100;

/** What a loaded model has of its server: a pool of connections, and how long a request may take. */
export class Connection {
  readonly origin: Origin;
  readonly #pool: Pool;
  readonly #target: Target;
  readonly #clock: Clock;

  private constructor(pool: Pool, target: Target, { name, clock }: ConnectionUser) {
    this.origin = { modelName: name, address: target.address };
    this.#pool = pool;
    this.#target = target;
    this.#clock = clock;
  }

  /** Connects to nothing yet. undici is imported here, so that an app starts without it. */
  static async open(target: Target, user: ConnectionUser): Promise<Connection> {
    const { Pool } = await import('undici');
    const { address, connections, connectTimeoutMs } = target;
    const pool = new Pool(address.origin, {
      connections,
      connectTimeout: connectTimeoutMs,
      ...(address.socketPath !== undefined && { socketPath: address.socketPath }),
      // One time-out for all of a request is kept here instead.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return new Connection(pool, target, user);
  }

  /**
   * Sends a request, again where nothing of it was sent, and waits for the answer, whatever its status.
   *
   * @throws WarmsetError `ERR_RUN_FAILED` where there is no connection, `ERR_MODEL_CRASHED` where it ends before the answer
   * does, `ERR_TIMEOUT`; the signal's reason
   */
  async request(
    request: HttpRequest,
    { signal, retries }: { readonly signal: AbortSignal | undefined; readonly retries: number },
  ): Promise<HttpAnswer> {
    const { timeoutMs } = this.#target;
    signal?.throwIfAborted();
    const givenUp = new AbortController();
    const onAbort = () => givenUp.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    const timer = startTimer(this.#clock, timeoutMs, () => givenUp.abort(tooSlow(timeoutMs, this.origin)));
    try {
      return await this.#attempts(request, givenUp.signal, retries);
    } finally {
      timer.stop();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #attempts(request: HttpRequest, signal: AbortSignal, retries: number): Promise<HttpAnswer> {
    const { headers, maxResponseBytes } = this.#target;
    const limits = { signal, maxResponseBytes, tooLarge: () => tooLarge(maxResponseBytes, this.origin) };
    const sent = { ...request, headers: { ...headers, ...request.headers } };
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await exchange(this.#pool, sent, limits);
      } catch (failure) {
        if (!(failure instanceof ExchangeFailure)) throw failure;
        if (attempt >= retries || !mayPass(failure)) throw unanswered(failure, this.origin);
        await sleep(this.#clock, FIRST_WAIT_MS * 2 ** attempt, signal);
      }
    }
  }

  /** Waits for what is under way, each of which has its time-out. Nothing more is sent. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}

function mayPass({ sent, cause }: ExchangeFailure): boolean {
  return !sent && PASSING.has((cause as { code?: unknown } | undefined)?.code);
}
