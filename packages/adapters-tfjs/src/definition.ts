import type { AtLeastBytes, ModelDefinition, ModelSignature, RunContext, TensorMap } from '@warmset/registry';
import { objectBytes } from './estimate.js';
import type { TfModel } from './tf-model.js';

/** The most that a model may hold besides its weights for these to be its figure: well under the fifth that is promised. */
const LARGEST_REST = 1 / 8;

/**
 * The CPU backend holds a model's weights and little besides, which counts where they are small. WASM packs them again, and
 * tfjs-node frees to an allocator that keeps what is freed: there a model may hold four times its weights, see
 * docs/attribution.md, and they are only the least that it holds.
 */
function measureBytes({ weightBytes, weightCount = 0, backend }: TfModel): number | AtLeastBytes | undefined {
  if (weightBytes === undefined) return undefined;
  const isNearlyAll = backend === 'cpu' && objectBytes(weightCount) <= LARGEST_REST * weightBytes;
  return isNearlyAll ? weightBytes : { atLeastBytes: weightBytes };
}

/** What all definitions have in common: a registry may hold a hundred thousand of them. */
export const SHARED = {
  run: (model: TfModel, inputs: TensorMap, context: RunContext) => model.run(inputs, context),
  dispose: (model: TfModel): void => model.dispose(),
  measureBytes,
  describe: (model: TfModel): ModelSignature => model.signature,
  describeRuntime: (model: TfModel): string => model.runtime,
} satisfies Partial<ModelDefinition<TfModel, TensorMap, TensorMap>>;
