import type { LoadContext, ModelDefinition, PortableSource, TensorMap } from '@warmset/registry';
import { adapterModule } from '@warmset/registry/adapter';
import { SHARED } from './definition.js';
import { savedModelBoundBytes } from './estimate.js';
import { loadFailed } from './load-error.js';
import { absolutePath } from './model-path.js';
import { checkSavedModelOptions, type SavedModelOptions } from './options.js';
import { startRuntime } from './runtime/start.js';
import { warmRuntime } from './runtime/warm.js';
import { readSavedModel } from './saved-model/files.js';
import { savedModelPorts } from './saved-model/ports.js';
import { loadSession, type SavedModelSource } from './saved-model/session.js';
import type { TfModel } from './tf-model.js';

/**
 * A TensorFlow SavedModel, loaded by `@tensorflow/tfjs-node` on first use. It takes and gives tensors by the names of
 * one of its signatures.
 *
 * ```ts
 * const registry = new ModelRegistry({ models: { half: savedModel({ path: 'models/half_plus_two/1' }) } });
 * const { y } = await registry.run('half', { x: { dtype: 'float32', shape: [3, 1], data } });
 * ```
 *
 * Whether the folder has the graph, the signature and the variables is found out before another model is evicted for it.
 * TensorFlow gives no count of the bytes that a model holds: the figure is the process's, or the estimate.
 *
 * @throws WarmsetError `ERR_MODEL_INVALID` where an option is not usable
 */
export function savedModel(options: SavedModelOptions): ModelDefinition<TfModel, TensorMap, TensorMap> {
  checkSavedModelOptions(options);
  const {
    path,
    tags = ['serve'],
    signature = 'serving_default',
    runtime,
    estimateBytes,
    ...common
  } = options;
  const source: SavedModelSource = { path: absolutePath(path), tags: [...tags], signature };
  const portable = portableSource(source, options);
  return {
    ...common,
    ...SHARED,
    async estimateBytes() {
      const known = await boundOf(source).catch((cause) => {
        throw loadFailed(source.path, cause);
      });
      return typeof estimateBytes === 'function' ? estimateBytes() : (estimateBytes ?? known);
    },
    load: (context) => load(source, runtime, context),
    startRuntime: (context) => warmRuntime(runtime ?? 'tfjs-node', context),
    ...(portable !== undefined && { portable }),
  };
}

async function boundOf({ path, tags, signature }: SavedModelSource): Promise<number> {
  const files = await readSavedModel(path, tags, signature);
  // Throws where tfjs-node cannot carry one of them.
  savedModelPorts(files.signature);
  return savedModelBoundBytes(files);
}

async function load(
  source: SavedModelSource,
  runtime: SavedModelOptions['runtime'],
  context: LoadContext,
): Promise<TfModel> {
  const { name, signal } = context;
  const failed = (cause: unknown): never => {
    signal.throwIfAborted();
    throw loadFailed(source.path, cause, name);
  };
  signal.throwIfAborted();
  const ports = await readSavedModel(source.path, source.tags, source.signature)
    .then((files) => savedModelPorts(files.signature))
    .catch(failed);
  signal.throwIfAborted();
  const started = await startRuntime(runtime ?? 'tfjs-node', name);
  signal.throwIfAborted();
  const model = await loadSession(started, source, ports, context).catch(failed);
  context.reportProgress(1);
  return model;
}

/** What another thread or process needs to load the same model; none where a function or a runtime was handed in. */
function portableSource(
  source: SavedModelSource,
  { runtime, warmup }: SavedModelOptions,
): PortableSource | undefined {
  if (typeof runtime === 'object' || warmup !== undefined) return undefined;
  return {
    module: adapterModule('@warmset/adapters-tfjs', import.meta.url),
    export: 'savedModel',
    options: { ...source },
  };
}
