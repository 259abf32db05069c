import type { Clock } from '@warmset/registry';

/** Passes everything on to another clock and knows what is pending of what went through here. */
export class CountedClock implements Clock {
  readonly #clock: Clock;
  readonly #dueAt = new Map<unknown, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get pending(): number {
    return this.#dueAt.size;
  }

  /** When the next timer is due; `Infinity` where there is none. */
  get nextDueAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const dueAt of this.#dueAt.values()) next = Math.min(next, dueAt);
    return next;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimeout(fn: () => void, ms: number): unknown {
    const handle = this.#clock.setTimeout(() => {
      this.#dueAt.delete(handle);
      fn();
    }, ms);
    this.#dueAt.set(handle, this.now() + Math.max(0, ms));
    return handle;
  }

  clearTimeout(handle: unknown): void {
    this.#dueAt.delete(handle);
    this.#clock.clearTimeout(handle);
  }
}
