import { type Clock, startTimer } from './clock.js';
import { modelError, type WarmsetError } from './errors.js';
import type { Priority } from './load-scheduler.js';

/** What a caller may say about its own wait. */
export interface RequestOptions {
  /** Ends this caller's wait with the signal's reason; work that others wait for goes on. */
  signal?: AbortSignal;
  /** Milliseconds until `ERR_TIMEOUT`. */
  timeoutMs?: number;
  /** `'background'` waits behind every live request. Default `'live'`. */
  priority?: Priority;
  /** The model's idle time-out from the end of this call until its next use. */
  keepAliveMs?: number;
}

/** What the registry itself adds to a caller's options. */
export interface WaitOptions extends RequestOptions {
  /** Where a preload began in the order of arrivals and loads: it pushes out nothing that came later. */
  readonly asOf?: number;
}

/** One caller in a model's queue, until it is served, refused or leaves by itself. */
interface Waiter<T> {
  readonly wants: 'lease' | 'load';
  readonly options: WaitOptions;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  readonly cleanUp: () => void;
}

/** No wait is without a deadline; this one holds where the caller set none. */
export const LONGEST_WAIT_MS = 300_000;

/** The callers that wait for one model, in order, each able to leave on its own. `T` is what a lease waiter gets. */
export class WaitQueue<T> {
  readonly #waiters = new Set<Waiter<T | undefined>>();
  readonly #clock: Clock;
  readonly #onLeave: () => void;

  /** @param onLeave called after a waiter left by its own signal or time-out */
  constructor(clock: Clock, onLeave: () => void) {
    this.#clock = clock;
    this.#onLeave = onLeave;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** The most urgent waiter's; a load that nobody queues for, a swap, is live. */
  get priority(): Priority {
    for (const waiter of this.#waiters) if (waiter.options.priority !== 'background') return 'live';
    return this.#waiters.size === 0 ? 'live' : 'background';
  }

  /** The first waiter's {@link WaitOptions.asOf}. */
  get asOf(): number | undefined {
    for (const waiter of this.#waiters) if (waiter.options.asOf !== undefined) return waiter.options.asOf;
    return undefined;
  }

  /** Joins the queue. `wants: 'load'` resolves with nothing once the model is ready. */
  join(wants: 'lease' | 'load', modelName: string, options: WaitOptions): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const { signal, timeoutMs = LONGEST_WAIT_MS } = options;
      const leave = (error: unknown) => {
        this.#remove(waiter);
        reject(error);
        this.#onLeave();
      };
      const onAbort = () => leave(signal?.reason);
      const timer = startTimer(this.#clock, timeoutMs, () => leave(timeoutError(modelName, timeoutMs)));
      signal?.addEventListener('abort', onAbort, { once: true });
      const cleanUp = () => {
        timer.stop();
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter<T | undefined> = { wants, options, resolve, reject, cleanUp };
      this.#waiters.add(waiter);
    });
  }

  /** Serves those that wait for the load only. */
  resolveLoads(): void {
    for (const waiter of this.#waiters) {
      if (waiter.wants === 'load') {
        this.#remove(waiter);
        waiter.resolve(undefined);
      }
    }
  }

  /** Serves the next lease waiter, live before background; `make` is called only where there is one. */
  serveNext(make: (options: RequestOptions) => T): boolean {
    let next: Waiter<T | undefined> | undefined;
    for (const waiter of this.#waiters) {
      if (waiter.wants !== 'lease') continue;
      next ??= waiter;
      if (waiter.options.priority !== 'background') {
        next = waiter;
        break;
      }
    }
    if (next === undefined) return false;
    this.#remove(next);
    next.resolve(make(next.options));
    return true;
  }

  /** Refuses all that wait, or those of one priority. */
  rejectAll(error: unknown, only?: Priority): void {
    for (const waiter of this.#waiters) {
      if (only !== undefined && (waiter.options.priority ?? 'live') !== only) continue;
      this.#remove(waiter);
      waiter.reject(error);
    }
  }

  #remove(waiter: Waiter<T | undefined>): void {
    this.#waiters.delete(waiter);
    waiter.cleanUp();
  }
}

export function timeoutError(modelName: string, timeoutMs: number): WarmsetError {
  return modelError('ERR_TIMEOUT', modelName, `was not done within the caller's limit of ${timeoutMs} ms.`, {
    retriable: false,
  });
}
