import { WarmsetError } from '@warmset/registry';
import type { Operation } from './operations.js';
import type { World } from './world.js';

/** What the user's own function throws. */
export class UserError extends Error {}

/** A call of the registry that returned a promise. */
interface TrackedCall {
  readonly what: string;
  settled: boolean;
}

/** Sees to it that each call gets a result, or an error of a kind that it may get. */
export class Tracker {
  readonly calls: TrackedCall[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get allSettled(): boolean {
    return this.calls.every((call) => call.settled);
  }

  /** @param allowed codes; also the reason of `signal`, once it has aborted */
  track(
    operation: Operation,
    allowed: readonly string[],
    promise: Promise<unknown>,
    signal?: AbortSignal,
  ): void {
    const call: TrackedCall = { what: JSON.stringify(operation), settled: false };
    this.calls.push(call);
    promise.then(
      () => {
        call.settled = true;
      },
      (error: unknown) => {
        call.settled = true;
        if (signal?.aborted === true && error === signal.reason) return;
        this.#check(call.what, error, allowed);
      },
    );
  }

  /** A call that answers at once. */
  attempt(operation: Operation, allowed: readonly string[], make: () => void): void {
    try {
      make();
    } catch (error) {
      this.#check(JSON.stringify(operation), error, allowed);
    }
  }

  #check(what: string, error: unknown, allowed: readonly string[]): void {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (cause.message.includes('a defect in Warmset')) this.#world.violated(`${what}: ${cause.message}`);
    }
    if (error instanceof UserError || (error instanceof WarmsetError && allowed.includes(error.code))) return;
    this.#world.violated(`${what} failed with ${error instanceof Error ? error.stack : String(error)}`);
  }
}
