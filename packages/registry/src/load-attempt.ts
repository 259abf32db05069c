import { startTimer } from './clock.js';
import type { RegistryContext } from './context.js';
import type { LoadContext, ModelDefinition } from './definition.js';
import { modelError, type WarmsetError } from './errors.js';
import type { LoadedModel } from './isolation/host.js';
import { isSuspect } from './isolation/host-loss.js';
import { withinLimits } from './limits.js';
import type { Charge } from './memory/budget.js';
import type { LoadFlight, ModelEntry } from './model-entry.js';

/**
 * One try at loading, within its time-outs. It ends with the loader, also where nobody waits for it any more, so that
 * there is never a second load of the model beside it; only past a limit and at `close()` is it given up before, and
 * what it still loads then is disposed of.
 */
export class LoadAttempt {
  readonly #context: RegistryContext;
  readonly #entry: ModelEntry;
  readonly #definition: ModelDefinition;
  readonly #flight: LoadFlight;
  readonly #charge: Charge;

  constructor(
    context: RegistryContext,
    entry: ModelEntry,
    definition: ModelDefinition,
    flight: LoadFlight,
    charge: Charge,
  ) {
    this.#context = context;
    this.#entry = entry;
    this.#definition = definition;
    this.#flight = flight;
    this.#charge = charge;
  }

  /** @throws WarmsetError `ERR_LOAD_TIMEOUT`; what the loader threw */
  async run(): Promise<LoadedModel> {
    const { clock, load } = this.#context.settings;
    const { stallTimeoutMs } = load;
    const limitMs = this.#definition.loadTimeoutMs ?? load.timeoutMs;
    const givenUp = new AbortController();
    // Tells the loader of both; AbortSignal.any took 8 % of a replay of loads that take no time.
    const stop = new AbortController();
    const { signal: cancelled } = this.#flight.abort;
    const onCancel = () => stop.abort(cancelled.reason);
    cancelled.addEventListener('abort', onCancel, { once: true });
    if (cancelled.aborted) onCancel();
    this.#flight.giveUp = (reason) => {
      givenUp.abort(reason);
      stop.abort(reason);
    };
    const giveUp = (what: string, ms: number) => this.#flight.giveUp?.(this.#timeout(what, ms));
    const limit = startTimer(clock, limitMs, () => giveUp('its load took longer than', limitMs));
    const startStall = () =>
      startTimer(clock, stallTimeoutMs, () => giveUp('its load reported no progress for', stallTimeoutMs));
    let stall = startStall();
    let over = false;
    const told: LoadContext = {
      name: this.#entry.name,
      clock,
      signal: stop.signal,
      reportProgress: (fraction) => {
        if (over) return;
        stall.stop();
        stall = startStall();
        this.#progressed(fraction);
      },
    };
    const { estimatedBytes } = this.#entry;
    const suspect = isSuspect(this.#entry, clock.now());
    const request = { estimatedBytes, suspect, charge: this.#charge, givenUp: givenUp.signal };
    const undisposed = (cause: unknown) => this.#undisposed(cause);
    const loading = this.#context.hosts.load(this.#definition, told, undisposed, request);
    try {
      return await withinLimits(loading, clock, { signal: givenUp.signal });
    } catch (error) {
      if (givenUp.signal.aborted) loading.then((late) => this.#discard(late), ignore);
      throw error;
    } finally {
      delete this.#flight.giveUp;
      cancelled.removeEventListener('abort', onCancel);
      over = true;
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
    Promise.resolve()
      .then(() => loaded.dispose())
      .catch((cause) => this.#undisposed(cause));
  }

  #undisposed(cause: unknown): void {
    const { name } = this.#entry;
    this.#context.warn(`A copy of "${name}" that nobody had could not be disposed of`, { name, cause });
  }
}

/** The caller has had its error already. */
function ignore(): void {}
