import type { Timer } from './clock.js';
import type { RegistryContext } from './context.js';
import type { Priority, QueuedLoad } from './load-scheduler.js';
import type { Charge } from './memory/budget.js';
import type { ModelEntry } from './model-entry.js';

/** What an admitted load holds: its bytes, and a slot until it gives it back. */
export interface Admitted {
  readonly charge: Charge;
  releaseSlot(): void;
}

export interface AdmissionRequest {
  readonly entry: ModelEntry;
  readonly bytes: number;
  readonly asOf: number;
  readonly signal: AbortSignal;
}

/** A load in the queue, with the effects of the decisions about it. */
export class QueueItem implements QueuedLoad {
  readonly entry: ModelEntry;
  readonly bytes: number;
  readonly order: number;
  readonly asOf: number;
  blocked: { readonly since: number; readonly overdueAt: number; readonly timer: Timer } | undefined;
  readonly #context: RegistryContext;
  readonly resolve: (admitted: Admitted) => void;
  readonly reject: (error: unknown) => void;

  constructor(
    request: AdmissionRequest,
    context: RegistryContext,
    resolve: (admitted: Admitted) => void,
    reject: (error: unknown) => void,
  ) {
    this.entry = request.entry;
    this.bytes = request.bytes;
    this.asOf = request.asOf;
    this.order = context.nextOrder();
    this.#context = context;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** Read from who waits now: a live request that joins a preload upgrades it. */
  get priority(): Priority {
    return this.entry.queue.priority;
  }

  get overdue(): boolean {
    return this.blocked !== undefined && this.#context.settings.clock.now() >= this.blocked.overdueAt;
  }

  unblock(): void {
    this.blocked?.timer.stop();
    this.blocked = undefined;
  }
}
