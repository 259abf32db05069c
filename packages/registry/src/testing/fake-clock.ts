import type { Clock } from '../clock.js';

// Taken before a test fakes timers of its own.
const { setImmediate } = globalThis;

interface FakeTimer {
  readonly dueAt: number;
  readonly order: number;
  readonly fn: () => void;
}

/** A clock that moves only when it is told to, so that tests neither sleep nor guess. */
export class FakeClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Map<number, FakeTimer>();

  /** @param startAt milliseconds since the epoch */
  constructor(startAt = 0) {
    this.#now = startAt;
  }

  /** Timers that have been started and neither fired nor been cleared. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(fn: () => void, ms: number): number {
    this.#order += 1;
    this.#timers.set(this.#order, { dueAt: this.#now + Math.max(0, ms), order: this.#order, fn });
    return this.#order;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as number);
  }

  /** Moves on by `ms`, firing what is due in its order, and lets promises settle before, between and after. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.settle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#timers.delete(next.order);
      this.#now = Math.max(this.#now, next.dueAt);
      next.fn();
      await this.settle();
    }
    this.#now = until;
  }

  /** Moves on from timer to timer until none is left, at most `limitMs`. */
  async runAll(limitMs = 3_600_000): Promise<void> {
    const until = this.#now + limitMs;
    await this.settle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      await this.advance(Math.max(0, next.dueAt - this.#now));
    }
  }

  /** Lets what is already settled run its course. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #next(until: number): FakeTimer | undefined {
    let next: FakeTimer | undefined;
    for (const timer of this.#timers.values()) {
      if (timer.dueAt <= until && (next === undefined || timer.dueAt < next.dueAt)) next = timer;
    }
    return next;
  }
}
