import type { Admission } from './admission.js';
import { startTimer } from './clock.js';
import type { RegistryContext } from './context.js';
import type { Drainer } from './drainer.js';
import type { ModelEntry } from './model-entry.js';
import { closedError } from './refusal.js';

/** How long `close` lets accepted requests finish where the caller does not say. */
export const CLOSE_LIMIT_MS = 30_000;

/** Ends a registry: accepted requests finish within the limit, then everything is disposed of. */
export class Closer {
  readonly #context: RegistryContext;
  readonly #entries: ReadonlyMap<string, ModelEntry>;
  readonly #admission: Admission;
  readonly #drainer: Drainer;
  #onQuiet: (() => void) | undefined;

  constructor(
    context: RegistryContext,
    entries: ReadonlyMap<string, ModelEntry>,
    admission: Admission,
    drainer: Drainer,
  ) {
    this.#context = context;
    this.#entries = entries;
    this.#admission = admission;
    this.#drainer = drainer;
  }

  async close(timeoutMs: number): Promise<void> {
    const context = this.#context;
    context.state = 'closing';
    const closed = closedError();
    for (const entry of this.#entries.values()) {
      entry.idleTimer?.timer.stop();
      if (entry.waiting > 0) entry.queue.rejectAll(closed, 'background');
    }
    this.#giveUp();
    await this.#quiet(timeoutMs);
    for (const entry of this.#entries.values()) if (entry.waiting > 0) entry.queue.rejectAll(closed);
    this.#giveUp();
    await Promise.all(
      [...this.#entries.values()].map((entry) => {
        const gone = this.#drainer.evict(entry, { timeoutMs: Number.POSITIVE_INFINITY }, 'close');
        if (entry.current === undefined || entry.current.leases === 0) return gone;
        const { name, current } = entry;
        // Nobody waits for that; a lease that is never released would go unnoticed otherwise.
        context.warn(
          `close() did not wait for "${name}": it is still in use (${current.leases}), and goes with its last lease`,
          { name },
        );
        return undefined;
      }),
    );
    await this.#drainer.settled();
    await context.hosts.close();
    this.#admission.close();
    context.useClock.stop();
    context.state = 'closed';
    context.emitter.emit('closed', {});
    context.emitter.clear();
  }

  /** Looks again whether all work is done; called whenever some is. */
  check(): void {
    if (this.#onQuiet !== undefined && this.#isQuiet()) this.#onQuiet();
  }

  /** Goes on without the loads that nobody waits for. */
  #giveUp(): void {
    for (const { flight, waiting } of this.#context.flying) {
      if (waiting > 0) continue;
      flight?.abort.abort(closedError());
      flight?.giveUp?.(closedError());
    }
  }

  #quiet(timeoutMs: number): Promise<void> {
    if (this.#isQuiet()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        timer.stop();
        this.#onQuiet = undefined;
        resolve();
      };
      const timer = startTimer(this.#context.settings.clock, timeoutMs, done);
      this.#onQuiet = done;
    });
  }

  #isQuiet(): boolean {
    for (const entry of this.#entries.values()) {
      if (entry.waiting > 0 || (entry.current?.leases ?? 0) > 0) return false;
    }
    // Copies that a new one has replaced.
    for (const { leases } of this.#context.disposing) if (leases > 0) return false;
    return true;
  }
}
