import { startTimer } from './clock.js';
import type { RegistryContext } from './context.js';
import type { ModelDefinition } from './definition.js';
import { modelError, type WarmsetError } from './errors.js';
import type { Host, LoadedModel } from './isolation/host.js';
import { withinLimits } from './limits.js';
import type { LoadFlight, ModelEntry } from './model-entry.js';

/**
 * One try at loading, within its time-outs. A load that finishes after it was given up is disposed of: given up at once
 * when it ran past a limit; when its last waiter left, only after the loader came to an end, so that there is never a
 * second load of the model beside it.
 */
export class LoadAttempt {
  readonly #context: RegistryContext;
  readonly #host: Host;
  readonly #entry: ModelEntry;
  readonly #definition: ModelDefinition;
  readonly #flight: LoadFlight;

  constructor(
    context: RegistryContext,
    host: Host,
    entry: ModelEntry,
    definition: ModelDefinition,
    flight: LoadFlight,
  ) {
    this.#context = context;
    this.#host = host;
    this.#entry = entry;
    this.#definition = definition;
    this.#flight = flight;
  }

  /** @throws WarmsetError `ERR_LOAD_TIMEOUT`; what the loader threw; the flight's reason where it was cancelled */
  async run(): Promise<LoadedModel> {
    const { clock, load } = this.#context.settings;
    const { stallTimeoutMs } = load;
    const limitMs = this.#definition.loadTimeoutMs ?? load.timeoutMs;
    const cancelled = this.#flight.abort.signal;
    const givenUp = new AbortController();
    const giveUp = (what: string, ms: number) => givenUp.abort(this.#timeout(what, ms));
    const limit = startTimer(clock, limitMs, () => giveUp('its load took longer than', limitMs));
    const startStall = () =>
      startTimer(clock, stallTimeoutMs, () => giveUp('its load reported no progress for', stallTimeoutMs));
    let stall = startStall();
    const loading = this.#host.load(this.#definition, {
      name: this.#entry.name,
      clock,
      signal: AbortSignal.any([cancelled, givenUp.signal]),
      reportProgress: (fraction) => {
        if (givenUp.signal.aborted || this.#entry.flight !== this.#flight) return;
        stall.stop();
        stall = startStall();
        this.#progressed(fraction);
      },
    });
    try {
      const loaded = await withinLimits(loading, clock, { signal: givenUp.signal });
      if (!cancelled.aborted) return loaded;
      this.#discard(loaded);
      throw cancelled.reason;
    } catch (error) {
      if (givenUp.signal.aborted) loading.then((late) => this.#discard(late), ignore);
      throw error;
    } finally {
      limit.stop();
      stall.stop();
    }
  }

  #progressed(fraction: number): void {
    if (!(fraction >= 0 && fraction <= 1)) return;
    this.#flight.progress = fraction;
    this.#context.emitter.emit('progress', { name: this.#entry.name, fraction });
  }

  #timeout(what: string, ms: number): WarmsetError {
    return modelError('ERR_LOAD_TIMEOUT', this.#entry.name, `was given up: ${what} ${ms} ms.`, {
      // What the loader hangs on may still run: another one beside it would not be faster.
      retriable: false,
    });
  }

  #discard(loaded: LoadedModel): void {
    const { name } = this.#entry;
    const failed = (cause: unknown) =>
      this.#context.warn(`A copy of "${name}" that came too late could not be disposed of`, { name, cause });
    Promise.resolve()
      .then(() => loaded.dispose())
      .catch(failed);
  }
}

/** The caller has had its error already. */
function ignore(): void {}
