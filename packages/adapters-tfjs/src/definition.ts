import type { ModelDefinition, ModelSignature, RunContext, TensorMap } from '@warmset/registry';
import type { TfModel } from './tf-model.js';

/** What all definitions have in common: a registry may hold a hundred thousand of them. */
export const SHARED = {
  run: (model: TfModel, inputs: TensorMap, context: RunContext) => model.run(inputs, context),
  dispose: (model: TfModel): void => model.dispose(),
  measureBytes: (model: TfModel): number | undefined => model.weightBytes,
  describe: (model: TfModel): ModelSignature => model.signature,
  describeRuntime: (model: TfModel): string => model.runtime,
} satisfies Partial<ModelDefinition<TfModel, TensorMap, TensorMap>>;
