import type { LoadContext, ModelDefinition, PortableSource, TensorMap } from '@warmset/registry';
import { adapterModule } from '@warmset/registry/adapter';
import { SHARED } from './definition.js';
import { upperBoundBytes } from './estimate.js';
import { type ArtifactsSource, loadTfjs } from './load.js';
import { loadFailed } from './load-error.js';
import { artifactsFrom } from './model-json/handler.js';
import { readModelJson } from './model-json/read.js';
import { checkShards, readShards } from './model-json/shards.js';
import { checkWeightData, decodedBytes } from './model-json/weight-specs.js';
import { absolutePath } from './model-path.js';
import { checkTfjsOptions, type TfjsModelOptions } from './options.js';
import { warmRuntime } from './runtime/warm.js';
import type { TfModel } from './tf-model.js';

/**
 * A TensorFlow.js model, a LayersModel or a GraphModel, loaded on first use. It takes and gives tensors by name.
 *
 * ```ts
 * const registry = new ModelRegistry({ models: { liver: tfjsModel({ path: 'models/liver/model.json' }) } });
 * const { risk } = await registry.run('liver', { x: { dtype: 'float32', shape: [1, 10], data } });
 * ```
 *
 * Whether `model.json` and its weights files are there and fit each other is found out before another model is evicted for
 * them. The bytes of a loaded model are those of its weights.
 *
 * @throws WarmsetError `ERR_MODEL_INVALID` where an option is not usable
 */
export function tfjsModel(options: TfjsModelOptions): ModelDefinition<TfModel, TensorMap, TensorMap> {
  checkTfjsOptions(options);
  const { path, handler, runtime, estimateBytes, ...common } = options;
  const file = path === undefined ? undefined : absolutePath(path);
  const source: ArtifactsSource =
    file === undefined
      ? { name: 'the model of its handler', read: () => artifactsFrom(handler ?? {}) }
      : { name: file, read: (context) => readArtifacts(file, context) };
  const estimate = file === undefined ? estimateBytes : estimateOf(file, estimateBytes);
  const portable = file === undefined ? undefined : portableSource(file, options);
  return {
    ...common,
    ...SHARED,
    ...(estimate !== undefined && { estimateBytes: estimate }),
    load: (context) => loadTfjs(source, runtime, context),
    startRuntime: (context) => warmRuntime(runtime, context),
    ...(portable !== undefined && { portable }),
  };
}

/** Looks into the file in any case, so that nothing is evicted for one that cannot load. */
function estimateOf(file: string, given: TfjsModelOptions['estimateBytes']): () => Promise<number> {
  return async () => {
    const known = await boundOf(file).catch((cause) => {
      throw loadFailed(file, cause);
    });
    return typeof given === 'function' ? given() : (given ?? known);
  };
}

async function boundOf(file: string): Promise<number> {
  const { groups } = await readModelJson(file);
  const storedBytes = await checkShards(groups);
  const specs = groups.flatMap((group) => group.specs);
  return upperBoundBytes(decodedBytes(specs, storedBytes), specs.length, storedBytes);
}

async function readArtifacts(file: string, context: LoadContext): ReturnType<ArtifactsSource['read']> {
  const { kind, groups, artifacts } = await readModelJson(file);
  const weightSpecs = groups.flatMap((group) => group.specs);
  const weightData = await readShards(groups, context);
  checkWeightData(weightSpecs, weightData);
  return { kind, artifacts: { ...artifacts, weightSpecs, weightData } };
}

/** What another thread or process needs to load the same model; none where a function or a runtime was handed in. */
function portableSource(path: string, { runtime, warmup }: TfjsModelOptions): PortableSource | undefined {
  if (typeof runtime === 'object' || warmup !== undefined) return undefined;
  return {
    module: adapterModule('@warmset/adapters-tfjs', import.meta.url),
    export: 'tfjsModel',
    options: { path, ...(runtime !== undefined && { runtime }) },
  };
}
