import type { RegistryContext } from './context.js';
import type { ModelDefinition } from './definition.js';
import type { Drainer } from './drainer.js';
import { modelError, type WarmsetError } from './errors.js';
import type { Instance } from './instance.js';
import { withinLimits } from './limits.js';
import { loadErrorOf } from './load-error.js';
import { estimateLoad } from './memory/estimate.js';
import type { ModelEntry } from './model-entry.js';
import type { ModelLoader } from './model-loader.js';
import { assertWanted } from './refusal.js';
import { LONGEST_WAIT_MS, timeoutError } from './wait-queue.js';

/** Replaces a loaded copy by a new one: the old one serves until the new one is ready, and stays where that fails. */
export class Swapper {
  readonly #context: RegistryContext;
  readonly #loader: ModelLoader;
  readonly #drainer: Drainer;
  /** Copies that were replaced and may still be in use. */
  readonly #retiring = new WeakMap<ModelEntry, Promise<void>>();

  constructor(context: RegistryContext, loader: ModelLoader, drainer: Drainer) {
    this.#context = context;
    this.#loader = loader;
    this.#drainer = drainer;
  }

  /**
   * Loads `definition` beside the current copy and lets it take over. A model that is not loaded only takes on the
   * definition.
   *
   * @throws WarmsetError `ERR_MEMORY_BUDGET` where both copies do not fit together; what the load failed with;
   * `ERR_TIMEOUT` where its turn does not come
   */
  swap(entry: ModelEntry, given?: ModelDefinition): Promise<void> {
    return this.#context.detached(async () => {
      const release = await entry.lockWithin(LONGEST_WAIT_MS);
      if (release === undefined) throw this.#kept(entry, timeoutError(entry.name, LONGEST_WAIT_MS));
      try {
        assertWanted(entry, this.#context);
        // What is reloaded is what is registered when its turn comes.
        const definition = given ?? entry.definition;
        if (entry.current === undefined) entry.redefine(definition);
        else await this.#replace(entry, entry.current, definition);
      } finally {
        release();
      }
    });
  }

  async #replace(entry: ModelEntry, old: Instance, definition: ModelDefinition): Promise<void> {
    const { settings } = this.#context;
    const flight = this.#loader.takeOff(entry);
    try {
      const { signal } = flight.abort;
      // The last swap's old copy goes first: there are never three.
      const timedOut = () => timeoutError(entry.name, LONGEST_WAIT_MS);
      const limits = { signal, timeoutMs: LONGEST_WAIT_MS };
      await withinLimits(Promise.resolve(this.#retiring.get(entry)), settings.clock, limits, timedOut);
      await this.#checkFit(entry, old, definition, signal);
      const fresh = await this.#loader.load(entry, definition, flight);
      if (definition !== entry.definition) entry.measuredBytes = fresh.measuredBytes;
      entry.definition = definition;
      // First, so that whoever looks in between finds the requests of the old copy.
      this.#retiring.set(entry, this.#drainer.retire(old));
      this.#loader.settle(entry, fresh);
      this.#swapped(entry, fresh);
    } catch (thrown) {
      this.#withoutCopy(entry);
      throw this.#kept(entry, loadErrorOf(entry.name, thrown, undefined));
    } finally {
      this.#loader.land(entry);
    }
  }

  /** Its host may have died while the new copy was loaded. */
  #withoutCopy(entry: ModelEntry): void {
    if (entry.current !== undefined) return;
    entry.moveTo('idle');
    if (entry.waiting > 0) this.#context.wanted(entry);
  }

  async #checkFit(
    entry: ModelEntry,
    old: Instance,
    definition: ModelDefinition,
    signal: AbortSignal,
  ): Promise<void> {
    const { budgetBytes } = this.#context.budget;
    const needBytes = (await estimateLoad(this.#context, entry, definition, signal)) ?? 0;
    if (old.bytes + needBytes <= budgetBytes) return;
    const both = `its new copy (${needBytes} bytes) does not fit the budget of ${budgetBytes} beside the old one (${old.bytes})`;
    const remedy = 'reload with { freeFirst: true } evicts the old one first, and requests wait meanwhile';
    throw modelError('ERR_MEMORY_BUDGET', entry.name, `was not swapped: ${both}; ${remedy}.`, {
      retriable: false,
    });
  }

  #swapped(entry: ModelEntry, fresh: Instance): void {
    const { decisions, emitter } = this.#context;
    const { bytes, loadMs } = fresh;
    decisions.add(entry.name, 'swapped', 'a new copy took over', { bytes, loadMs });
    emitter.emit('swapped', { name: entry.name });
  }

  #kept(entry: ModelEntry, error: WarmsetError): WarmsetError {
    const { decisions, emitter, settings } = this.#context;
    const at = settings.clock.now();
    entry.loadFailures += 1;
    this.#context.loadsFailed += 1;
    entry.failure = { error, at, retryAt: at };
    decisions.add(entry.name, 'kept', `the old copy was kept: ${error.message}`);
    emitter.emit('failed', { name: entry.name, error });
    return error;
  }
}
