import { startIdleTimer } from './clock.js';
import type { RegistryContext } from './context.js';
import type { Drainer } from './drainer.js';
import type { ModelEntry } from './model-entry.js';

/**
 * Lets go of models that nobody has used for their idle time-out. A timer that is due early looks again instead of
 * being moved at every use, so that a hit touches no timer.
 */
export class IdleTimers {
  readonly #context: RegistryContext;
  readonly #drainer: Drainer;

  constructor(context: RegistryContext, drainer: Drainer) {
    this.#context = context;
    this.#drainer = drainer;
  }

  /** The model is not in use: its idle time runs from its last use. */
  watch(entry: ModelEntry): void {
    const dueAt = expiresAt(entry, this.#context);
    // What a registry that closes still holds goes with it.
    if (dueAt === undefined || this.#context.state !== 'open') return;
    if (entry.idleTimeoutMs === 0) return this.#expire(entry);
    if (entry.idleTimer !== undefined && entry.idleTimer.dueAt <= dueAt) return;
    entry.idleTimer?.timer.stop();
    const { clock } = this.#context.settings;
    const timer = this.#context.detached(() =>
      startIdleTimer(clock, dueAt - clock.now(), () => this.#due(entry)),
    );
    entry.idleTimer = { dueAt, timer };
  }

  #due(entry: ModelEntry): void {
    entry.idleTimer = undefined;
    const dueAt = expiresAt(entry, this.#context);
    if (dueAt === undefined) return;
    if (this.#context.settings.clock.now() >= dueAt) this.#expire(entry);
    else this.watch(entry);
  }

  #expire(entry: ModelEntry): void {
    const { current, idleTimeoutMs } = entry;
    if (current?.evictable !== true) return;
    this.#drainer.evictUnused(current, 'idle', `after ${idleTimeoutMs} ms without use`);
  }
}

/** When an unused model's idle time is over; `undefined` while it is used or where it never is. */
export function expiresAt(entry: ModelEntry, { disposing }: RegistryContext): number | undefined {
  const { current, idleTimeoutMs } = entry;
  if (current === undefined || entry.state !== 'ready' || current.leases > 0) return undefined;
  // A copy that a new one has replaced may still be in use.
  for (const copy of disposing.of(entry)) if (copy.leases > 0) return undefined;
  // A time-out of 0 ends with a release: what was loaded ahead of its use stays for it.
  if (idleTimeoutMs === 0 && !current.wasUsed) return undefined;
  return idleTimeoutMs === Number.POSITIVE_INFINITY ? undefined : current.lastUsedAt + idleTimeoutMs;
}
