import type { LoadContext } from '@warmset/registry';
import { loadGraphModel } from './graph-model.js';
import { loadLayersModel } from './layers-model.js';
import { loadFailed } from './load-error.js';
import type { ModelKind } from './model-json/read.js';
import { type RuntimeName, startRuntime } from './runtime/start.js';
import type { ModelArtifacts, TensorFlowNamespace } from './tensorflow.js';
import type { TfModel } from './tf-model.js';

/** Where a model's topology and weights come from. */
export interface ArtifactsSource {
  /** What a message calls it: its path. */
  readonly name: string;
  read(context: LoadContext): Promise<{ readonly kind: ModelKind; readonly artifacts: ModelArtifacts }>;
}

/**
 * Reads a model, starts what runs it, and has it loaded. Between the steps it stops where the load was given up; a
 * model that arrives after that is disposed of.
 *
 * @throws WarmsetError `ERR_LOAD_FAILED` that names the source and the reason; `ERR_RUNTIME_MISSING`
 */
export async function loadTfjs(
  source: ArtifactsSource,
  runtime: RuntimeName | TensorFlowNamespace | undefined,
  context: LoadContext,
): Promise<TfModel> {
  const { name, signal } = context;
  const failed = (cause: unknown): never => {
    signal.throwIfAborted();
    throw loadFailed(source.name, cause, name);
  };
  signal.throwIfAborted();
  const { kind, artifacts } = await source.read(context).catch(failed);
  signal.throwIfAborted();
  const started = await startRuntime(runtime, name);
  signal.throwIfAborted();
  const load = kind === 'graph-model' ? loadGraphModel : loadLayersModel;
  const model = await load(started, artifacts).catch(failed);
  if (signal.aborted) {
    model.dispose();
    throw signal.reason;
  }
  context.reportProgress(1);
  return model;
}
