import type { RegistryContext } from '../context.js';
import type { MemorySource } from '../instance.js';
import type { LoadedModel } from '../isolation/host.js';

/** What a load took, and how that is known. */
export interface Measured {
  readonly bytes: number;
  readonly source: MemorySource;
}

/** Takes the resident set before a load; good for a figure only where no other load overlaps. */
export class LoadMeter {
  readonly #context: RegistryContext;
  readonly #rssBefore: number;
  readonly #loadsBefore: number;
  readonly #alone: boolean;

  /** @param context its `activeLoads` counts this load already */
  constructor(context: RegistryContext) {
    this.#context = context;
    this.#rssBefore = context.rssBytes();
    this.#loadsBefore = context.loadsStarted;
    this.#alone = context.activeLoads === 1;
  }

  /**
   * The runtime's own figure, else the estimate, else what the resident set grew by. The resident set comes last: it
   * also moves with garbage collection and with other requests.
   */
  measure(loaded: LoadedModel, estimatedBytes: number | undefined): Measured {
    const { bytes, source = 'runtime', atLeastBytes = 0 } = loaded;
    if (bytes !== undefined) return { bytes, source };
    if (estimatedBytes !== undefined) {
      return { bytes: Math.max(estimatedBytes, atLeastBytes), source: 'estimate' };
    }
    const grown = this.#context.rssBytes() - this.#rssBefore;
    const undisturbed = this.#alone && this.#context.loadsStarted === this.#loadsBefore;
    if (undisturbed && grown > atLeastBytes) return { bytes: grown, source: 'rss' };
    return atLeastBytes > 0 ? { bytes: atLeastBytes, source: 'estimate' } : { bytes: 0, source: 'none' };
  }
}
