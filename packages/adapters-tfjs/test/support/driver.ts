import type { LoadContext, ModelDefinition, TensorMap } from '@warmset/registry';
import type { TfModel } from '../../src/index.js';

export type TfDefinition = ModelDefinition<TfModel, TensorMap, TensorMap>;

/** What the registry tells a loader. */
export function loadContext(given?: AbortSignal): LoadContext & { readonly progress: number[] } {
  const progress: number[] = [];
  const signal = given ?? new AbortController().signal;
  // The adapter waits for no time.
  const clock = { now: () => 0, setTimeout: () => undefined, clearTimeout: () => undefined };
  return { name: 'm', signal, clock, progress, reportProgress: (fraction) => void progress.push(fraction) };
}

/** Loads a definition's model as the registry would: the estimate first, since what is known then must fail there. */
export async function load(definition: TfDefinition, signal?: AbortSignal): Promise<TfModel> {
  if (typeof definition.estimateBytes === 'function') await definition.estimateBytes();
  return definition.load(loadContext(signal));
}

export function run(model: TfModel, inputs: unknown, signal?: AbortSignal): Promise<TensorMap> {
  const context = { name: 'm', ...(signal !== undefined && { signal }) };
  return Promise.resolve().then(() => model.run(inputs as TensorMap, context));
}

/** Loads, uses and disposes of a model. */
export async function withModel<T>(
  definition: TfDefinition,
  use: (model: TfModel) => Promise<T>,
): Promise<T> {
  const model = await load(definition);
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}

/** What something was rejected with. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('it was not rejected');
    },
    (thrown: unknown) => thrown,
  );
}

export function float32(shape: readonly number[], data: ArrayLike<number>): TensorMap[string] {
  return { dtype: 'float32', shape, data: Float32Array.from(data) };
}
