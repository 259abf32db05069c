import { type Clock, startIdleTimer, type Timer } from '../clock.js';

/** Looks at the oldest request this often within its limit; it ends at most an eighth of the limit late. */
const LOOKS = 8;

export interface WatchOptions {
  readonly clock: Clock;
  readonly pingEveryMs: number;
  /** How long a host may take to answer a ping. */
  readonly pingTimeoutMs: number;
  /** How long a run or a dispose may take. */
  readonly runTimeoutMs: number;
}

/** What is watched. */
export interface Watched {
  readonly inFlight: number;
  /** The request with a limit that has waited longest. */
  readonly oldest: number | undefined;
  /** Messages from the host so far. */
  readonly heard: number;
  ping(): void;
  /** The host does not answer, or a request is past its limit. */
  overdue(why: string): void;
}

/**
 * Finds out that a host hangs, without a timer per request: one looks at the oldest request now and then. A host works
 * on its requests in order, so the time of one counts from when it became the oldest.
 */
export class HostWatch {
  readonly #options: WatchOptions;
  readonly #watched: Watched;
  #stopped = false;
  #look: Timer | undefined;
  #ping: Timer | undefined;
  #answer: Timer | undefined;
  #seen: { readonly oldest: number; readonly since: number } | undefined;

  constructor(options: WatchOptions, watched: Watched) {
    this.#options = options;
    this.#watched = watched;
  }

  /** The host is up: before that it answers nothing, and has a limit of its own for it. */
  start(): void {
    this.#pingLater();
  }

  /** A request with a limit was sent. */
  sent(): void {
    if (this.#look === undefined) this.#lookAround();
  }

  /** Asks whether the host still answers, also while something is in flight. */
  check(why: string): void {
    if (this.#stopped || this.#answer !== undefined) return;
    const { clock, pingTimeoutMs } = this.#options;
    const { heard } = this.#watched;
    this.#watched.ping();
    this.#answer = startIdleTimer(clock, pingTimeoutMs, () => {
      afterReading(() => {
        this.#answer = undefined;
        if (this.#stopped || this.#watched.heard !== heard) return;
        this.#watched.overdue(`it did not answer a ping within ${pingTimeoutMs} ms${why}`);
      });
    });
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of [this.#look, this.#ping, this.#answer]) timer?.stop();
  }

  #pingLater(): void {
    this.#ping = startIdleTimer(this.#options.clock, this.#options.pingEveryMs, () => {
      // A native call blocks its host, rightly; it has a limit of its own.
      if (this.#watched.inFlight === 0) this.check('');
      if (!this.#stopped) this.#pingLater();
    });
  }

  #lookAround(): void {
    const { clock, runTimeoutMs } = this.#options;
    const { oldest } = this.#watched;
    this.#look = undefined;
    if (this.#stopped || oldest === undefined) return;
    const now = clock.now();
    if (this.#seen?.oldest !== oldest) this.#seen = { oldest, since: now };
    const leftMs = this.#seen.since + runTimeoutMs - now;
    if (leftMs > 0) {
      const nextMs = Math.min(leftMs, runTimeoutMs / LOOKS);
      this.#look = startIdleTimer(clock, nextMs, () => this.#lookAround());
      return;
    }
    afterReading(() => {
      if (this.#stopped) return;
      if (this.#watched.oldest !== oldest) return this.sent();
      this.#watched.overdue(`a request took longer than ${runTimeoutMs} ms`);
    });
  }
}

/**
 * A server that was busy itself finds its timers due before it has read what the host answered meanwhile: a verdict
 * waits until it has.
 */
function afterReading(fn: () => void): void {
  setImmediate(() => setImmediate(fn));
}
