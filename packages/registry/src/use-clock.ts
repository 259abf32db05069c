import { type Clock, systemClock } from './clock.js';

/** How far a last-use stamp may lag behind, in milliseconds. */
const RESOLUTION_MS = 100;

/** Stamps within one tick still have an order: about a microsecond apart, the finest that a double holds today. */
const STEP_MS = 2 ** -10;

// Taken before a user's test fakes timers: running "all timers" must not run this one for ever.
const { setInterval, clearInterval } = globalThis;

/**
 * Stamps last uses without reading the system's clock on every hit: a reading costs more here than
 * the rest of a hit (docs/adr/0003). An injected clock is read each time, so tests see exact stamps.
 */
export class UseClock {
  readonly #clock: Clock;
  readonly #exact: boolean;
  #latest = 0;
  #ticker: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#exact = clock !== systemClock;
  }

  /** Strictly increasing, at most {@link RESOLUTION_MS} behind while ticking. */
  stamp(): number {
    if (this.#exact) return this.#clock.now();
    this.#latest += STEP_MS;
    return this.#latest;
  }

  /** An exact reading, which also brings the stamps up to date. */
  now(): number {
    const now = this.#clock.now();
    if (now > this.#latest) this.#latest = now;
    return now;
  }

  /** Called when the first model is loaded. */
  start(): void {
    this.now();
    if (this.#exact || this.#ticker !== undefined) return;
    this.#ticker = setInterval(() => this.now(), RESOLUTION_MS);
    this.#ticker.unref();
  }

  /** Called when the last model is gone. */
  stop(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }
}
