import type { ModelDefinition } from '../definition.js';
import { ignoreRejection, WarmsetError } from '../errors.js';
import type { Host, LoadedModel } from './host.js';

/** Loads models into this process, on this thread. */
export const inlineHost: Host = {
  kind: 'inline',
  async load(definition, context, undisposed) {
    const model = await definition.load(context);
    if (model === null || model === undefined) {
      throw new WarmsetError(
        'ERR_LOAD_FAILED',
        `Model "${context.name}": its loader gave ${model}, not a model.`,
        {
          modelName: context.name,
          retriable: false,
        },
      );
    }
    try {
      await definition.warmup?.(model);
      return loadedModel(definition, model);
    } catch (error) {
      try {
        await definition.dispose?.(model);
      } catch (cause) {
        undisposed(cause);
      }
      throw error;
    }
  },
};

function loadedModel(definition: ModelDefinition, model: unknown): LoadedModel {
  const measured = definition.measureBytes?.(model);
  ignoreRejection(measured);
  const partly = typeof measured === 'object' && measured !== null;
  const bytes = partly ? undefined : countOf(measured);
  return {
    model,
    bytes,
    atLeastBytes: (partly ? countOf(measured.atLeastBytes) : bytes) ?? 0,
    signature: definition.describe?.(model),
    runtime: definition.describeRuntime?.(model),
    run: (input, runContext) => definition.run?.(model, input, runContext),
    dispose: () => definition.dispose?.(model),
  };
}

function countOf(bytes: unknown): number | undefined {
  return typeof bytes === 'number' && bytes >= 0 && bytes < Number.POSITIVE_INFINITY ? bytes : undefined;
}
