import type { ModelSignature, RunContext, TensorMap, TensorSpec } from '@warmset/registry';
import { checkInputs, WarmsetError } from '@warmset/registry/adapter';
import type { Runtime } from './runtime/start.js';
import { scoped } from './scope.js';
import type { LayersModel, ModelArtifacts, TensorFlow } from './tensorflow.js';
import { outputMap, toRuntime } from './tensors.js';
import { knownDType } from './tf-dtypes.js';
import type { TfModel } from './tf-model.js';

/** Makes a LayersModel of its artifacts, and no tensor or variable stays where that fails. */
export async function loadLayersModel(
  { tf, backend, description }: Runtime,
  artifacts: ModelArtifacts,
): Promise<TfModel> {
  const native = await scoped(tf, async () => {
    const { registeredVariables } = tf.engine();
    const before = new Set(Object.keys(registeredVariables));
    try {
      return await tf.loadLayersModel({ load: async () => forServing(artifacts) });
    } catch (cause) {
      // The layers that were built before the one that failed; a scope does not dispose of variables.
      disposeVariables(
        tf,
        Object.keys(registeredVariables).filter((name) => !before.has(name)),
      );
      throw cause;
    }
  });
  try {
    return layersModel({ tf, backend, description }, native);
  } catch (cause) {
    disposeLayers(tf, native);
    throw cause;
  }
}

/** The artifacts without what only training needs (its optimizer has weights too), and with stateless layers. */
function forServing({
  modelTopology,
  weightSpecs,
  weightData,
  userDefinedMetadata,
}: ModelArtifacts): ModelArtifacts {
  return {
    modelTopology: stateless(modelTopology) as object,
    weightSpecs,
    weightData,
    ...(userDefinedMetadata !== undefined && { userDefinedMetadata }),
  };
}

/**
 * A layer that is `stateful` would begin a request where the one before it ended, whoever sent that, and keep tensors
 * after a run: each request begins from zero states instead.
 */
function stateless(config: unknown): unknown {
  if (Array.isArray(config)) return config.map(stateless);
  if (typeof config !== 'object' || config === null) return config;
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      key === 'stateful' && value === true ? false : stateless(value),
    ]),
  );
}

function layersModel({ tf, backend, description }: Runtime, native: LayersModel): TfModel {
  const signature: ModelSignature = {
    inputs: specsOf('input', native.inputs),
    outputs: specsOf('output', native.outputs),
  };
  let disposed = false;
  return {
    kind: 'layers-model',
    signature,
    unrankedInputs: [],
    runtime: description,
    backend,
    weightBytes: weightBytes(native),
    weightCount: native.weights.length,
    native,
    run(inputs: TensorMap, { name }: RunContext) {
      checkInputs(signature, inputs, name);
      const batchSize = rowsOf(signature, inputs, name);
      let outputs: TensorMap = {};
      tf.tidy(() => {
        const tensors = signature.inputs.map((spec) => toRuntime(tf, inputs[spec.name]));
        // One batch: `predict` would split it at 32 rows otherwise.
        outputs = outputMap(signature, native.predict(tensors, { batchSize }));
      });
      return outputs;
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      disposeLayers(tf, native);
    },
  };
}

/** Named by layer, which stays the same from load to load; TensorFlow.js numbers its own tensor names through. */
function specsOf(side: 'input' | 'output', tensors: LayersModel['inputs']): TensorSpec[] {
  const used = new Map<string, number>();
  return tensors.map(({ sourceLayer, dtype, shape }) => {
    const known = knownDType(dtype);
    if (known === undefined)
      throw new Error(`its ${side} "${sourceLayer.name}" is ${dtype}, which there is no tensor data for`);
    const times = used.get(sourceLayer.name) ?? 0;
    used.set(sourceLayer.name, times + 1);
    // A layer may have several outputs, such as an LSTM that returns its state.
    const name = times === 0 ? sourceLayer.name : `${sourceLayer.name}_${times}`;
    return { name, dtype: known, shape: shape.map((size) => size ?? -1) };
  });
}

/**
 * The rows of a request. `predict` has no answer for none, and cuts a longer input to the first one's length.
 *
 * @throws WarmsetError `ERR_INPUT_INVALID`
 */
function rowsOf({ inputs: specs }: ModelSignature, inputs: TensorMap, modelName: string): number {
  const invalid = (text: string): WarmsetError =>
    new WarmsetError('ERR_INPUT_INVALID', `Model "${modelName}": ${text}.`, { modelName, retriable: false });
  let rows: number | undefined;
  for (const { name } of specs) {
    const size = inputs[name]?.shape[0];
    if (size === 0) throw invalid(`input "${name}": expected at least 1 row, got 0`);
    if (rows !== undefined && size !== rows) {
      throw invalid(`input "${name}": expected ${rows} rows as in "${specs[0]?.name}", got ${size}`);
    }
    rows = size;
  }
  return rows ?? 1;
}

function weightBytes({ weights }: LayersModel): number {
  // A layer that is used twice lists its weights twice.
  const shapes = new Map(
    weights.map(({ name, shape, dtype }) => [name, { shape, bytes: dtype === 'bool' ? 1 : 4 }]),
  );
  return [...shapes.values()].reduce(
    (sum, { shape, bytes }) => sum + shape.reduce((size, n) => size * n, bytes),
    0,
  );
}

/** TensorFlow.js counts the uses of a layer, and does not give back one that its model uses twice. */
function disposeLayers(tf: TensorFlow, model: LayersModel): void {
  const names = model.weights.map(({ name }) => name);
  model.dispose();
  disposeVariables(tf, names);
  forgetOrders(tf);
}

/**
 * TensorFlow.js keeps in which order the layers of the last hundred models run, and with that their layers: 1.1 MB of a
 * model of 300 layers that is gone. The models that are there are put in order again at their next run.
 */
function forgetOrders(tf: TensorFlow): void {
  const flag = 'TOPOLOGICAL_SORT_CACHE_MAX_ENTRIES';
  const most = tf.env().getNumber(flag);
  tf.env().set(flag, 0);
  tf.env().set(flag, most);
}

function disposeVariables(tf: TensorFlow, names: readonly string[]): void {
  const { registeredVariables } = tf.engine();
  for (const name of names) registeredVariables[name]?.dispose();
}
