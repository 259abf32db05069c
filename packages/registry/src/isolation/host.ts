import type { LoadContext, ModelDefinition, RunContext } from '../definition.js';
import type { ModelSignature } from '../tensor.js';

/** A model in a host, ready to run. */
export interface LoadedModel {
  /** What `use` and `acquire` hand out. */
  readonly model: unknown;
  /** What the runtime says it holds. */
  readonly bytes: number | undefined;
  readonly signature: ModelSignature | undefined;
  readonly runtime: string | undefined;
  run(input: unknown, context: RunContext): unknown;
  dispose(): void | Promise<void>;
}

/** Where models are loaded and run. */
export interface Host {
  readonly kind: 'inline';
  /**
   * Loads, warms up and measures. Where it fails, nothing of the model is left.
   *
   * @param undisposed told why, where a model that failed after its loader could not be disposed of
   */
  load(
    definition: ModelDefinition,
    context: LoadContext,
    undisposed: (cause: unknown) => void,
  ): Promise<LoadedModel>;
}
