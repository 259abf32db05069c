import { FakeClock } from '@warmset/registry/testing';
import { CountedClock } from './counted-clock.js';
import type { LoadScript } from './scripts.js';

/** The registry reports a dispose that takes longer, and goes on without it. */
const DISPOSE_LIMIT_MS = 30_000;

/** A name from its registration to its end; registered anew it is another model. */
export interface Owner {
  readonly name: string;
  /** Calls under way that replace its copy: until they end there may be two. */
  swaps: number;
}

/** One call of a loader. */
export interface LoadCall {
  readonly owner: Owner;
  readonly signal: AbortSignal;
  /** What the registry should have reserved for it. */
  readonly reservedBytes: number;
  readonly limitAt: number;
  /** When it has gone too long without reporting progress. */
  stallsAt: number;
  running: boolean;
}

export interface LoadLimits {
  readonly loadTimeoutMs: number;
  readonly stallTimeoutMs: number | undefined;
}

/** What a loader made. */
export interface Copy {
  readonly id: number;
  readonly call: LoadCall;
  readonly script: LoadScript;
  /** What the registry should charge for it. */
  readonly bytes: number;
  /** Requests that use it now. */
  holders: number;
  wasUsed: boolean;
  /** When the last of them left. */
  unusedSince: number;
  disposals: number;
  disposedAt: number | undefined;
  /** Its dispose has finished. */
  gone: boolean;
  /** Its dispose failed. */
  failedToGo: boolean;
  /** Its load came to a good end in time. */
  charged: boolean;
  /** A newer copy has taken over. */
  replaced: boolean;
}

/** What the fakes have seen, kept without asking the registry anything. */
export class World {
  readonly clock = new FakeClock();
  readonly registryTimers = new CountedClock(this.clock);
  readonly fakeTimers = new CountedClock(this.clock);
  readonly calls: LoadCall[] = [];
  readonly copies: Copy[] = [];
  readonly violations: string[] = [];
  /** What has happened, by kind. */
  readonly seen = new Set<string>();
  /** Until then `close()` waits for requests; `undefined` before it was called. */
  closeLimitAt: number | undefined;

  violated(what: string): void {
    this.violations.push(`at ${this.clock.now()} ms: ${what}`);
  }

  /** A load that ran past its limit: the registry went on without it. */
  isOverdue({ signal, limitAt, stallsAt }: LoadCall): boolean {
    return signal.aborted && this.clock.now() >= Math.min(limitAt, stallsAt);
  }

  /** A load that the registry went on without, or may have, since it closes. */
  isAbandoned(call: LoadCall): boolean {
    return this.isOverdue(call) || this.mayBeGivenUp(call);
  }

  /** A registry that closes gives up the loads that nobody waits for; who waits is not known here. */
  mayBeGivenUp({ signal }: LoadCall): boolean {
    return signal.aborted && this.closeLimitAt !== undefined;
  }

  /** The registry may not know of this copy: its load may have been given up, and nobody has had it. */
  mayBeUnknown(copy: Copy): boolean {
    return this.mayBeGivenUp(copy.call) && !copy.wasUsed;
  }

  /** Loaded, and neither gone nor given up on. */
  isLive(copy: Copy): boolean {
    if (copy.gone || copy.failedToGo || this.mayBeUnknown(copy)) return false;
    // A load that is past its limit now may have ended in time.
    if (!copy.charged && this.isOverdue(copy.call)) return false;
    return copy.disposedAt === undefined || this.clock.now() < copy.disposedAt + DISPOSE_LIMIT_MS;
  }

  liveCopies(owner: Owner): Copy[] {
    return this.copies.filter((copy) => copy.call.owner === owner && this.isLive(copy));
  }

  began(owner: Owner, signal: AbortSignal, reservedBytes: number, limits: LoadLimits): LoadCall {
    if (this.calls.some((call) => call.owner === owner && call.running && !this.isAbandoned(call))) {
      this.violated(`a second load of ${owner.name} began beside the first`);
    }
    const now = this.clock.now();
    const call: LoadCall = {
      owner,
      signal,
      reservedBytes,
      limitAt: now + limits.loadTimeoutMs,
      stallsAt: now + (limits.stallTimeoutMs ?? Number.POSITIVE_INFINITY),
      running: true,
    };
    this.calls.push(call);
    return call;
  }

  loaded(call: LoadCall, script: LoadScript): Copy {
    const copy: Copy = {
      id: this.copies.length,
      call,
      script,
      bytes: script.measuredBytes ?? call.reservedBytes,
      holders: 0,
      wasUsed: false,
      unusedSince: Number.NEGATIVE_INFINITY,
      disposals: 0,
      disposedAt: undefined,
      gone: false,
      failedToGo: false,
      charged: false,
      replaced: false,
    };
    this.copies.push(copy);
    this.#checkCopies(call.owner);
    return copy;
  }

  entered(copy: Copy, what: string): void {
    if (copy.disposals > 0) this.violated(`${what} got copy ${copy.id}, which was disposed of`);
    copy.holders += 1;
    copy.wasUsed = true;
  }

  left(copy: Copy, what: string): void {
    copy.holders -= 1;
    copy.unusedSince = this.clock.now();
    if (copy.disposals > 0) this.violated(`copy ${copy.id} was disposed of under ${what}`);
  }

  disposing(copy: Copy): void {
    copy.disposals += 1;
    copy.disposedAt = this.clock.now();
    if (copy.disposals > 1) this.violated(`copy ${copy.id} was disposed of ${copy.disposals} times`);
    if (copy.holders > 0)
      this.violated(`copy ${copy.id} was disposed of with ${copy.holders} requests on it`);
  }

  swapped(name: string): void {
    const copies = this.copies.filter((copy) => copy.call.owner.name === name && copy.charged);
    for (const copy of copies.slice(0, -1)) copy.replaced = true;
  }

  /** Passes time on the clock; `Infinity` is until the signal aborts. */
  pause(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        if (timer !== undefined) this.fakeTimers.clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const onAbort = () => end(() => reject(signal?.reason));
      const timer = ms < Number.POSITIVE_INFINITY && this.fakeTimers.setTimeout(() => end(resolve), ms);
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted) onAbort();
    });
  }

  #checkCopies(owner: Owner): void {
    const live = this.liveCopies(owner);
    if (live.length <= 1) return;
    const names = live.map((copy) => `copy ${copy.id}`).join(' and ');
    if (live.length > 2) this.violated(`${owner.name} has ${live.length} live copies: ${names}`);
    else if (owner.swaps === 0 && live[0]?.replaced === false) {
      this.violated(`${owner.name} has two live copies and no swap was asked for: ${names}`);
    }
  }
}
