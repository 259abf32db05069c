import type { Admission } from './admission.js';
import { startTimer } from './clock.js';
import type { RegistryContext } from './context.js';
import type { Drainer } from './drainer.js';
import { WarmsetError } from './errors.js';
import type { ModelEntry } from './model-entry.js';

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
    const closed = new WarmsetError('ERR_REGISTRY_CLOSED', 'The registry is closed.', { retriable: false });
    for (const entry of this.#entries.values()) {
      entry.idleTimer?.timer.stop();
      if (entry.waiting > 0) entry.queue.rejectAll(closed, 'background');
      if (entry.waiting === 0) entry.flight?.abort.abort(closed);
    }
    await this.#quiet(timeoutMs);
    await Promise.all(
      [...this.#entries.values()].map((entry) => {
        if (entry.waiting > 0) entry.queue.rejectAll(closed);
        entry.flight?.abort.abort(closed);
        // What is still in use goes with its last lease.
        return this.#drainer.evict(entry, { timeoutMs: 0, force: true }, 'close');
      }),
    );
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
    return true;
  }
}
