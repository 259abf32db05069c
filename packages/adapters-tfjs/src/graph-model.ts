import type { RunContext, TensorMap } from '@warmset/registry';
import { messageOf, WarmsetError } from '@warmset/registry/adapter';
import { graphPorts } from './graph-signature.js';
import { inputCheck } from './input-check.js';
import type { GraphNode } from './model-json/graph-nodes.js';
import type { Runtime } from './runtime/start.js';
import { scoped } from './scope.js';
import type { GraphModel, ModelArtifacts, TfTensor } from './tensorflow.js';
import { outputMap, toRuntime } from './tensors.js';
import type { TfModel } from './tf-model.js';

/**
 * Ops that `execute` refuses or that go on after it has failed; a graph with one of them takes `executeAsync`.
 * From `executor/model_analysis.ts` and the asynchronous executors of tfjs-converter 4.22.
 */
const ASYNC_OPS =
  /^(Switch|Merge|Enter|Exit|NextIteration|(Stateless)?(If|While)|NonMaxSuppressionV\d|Where|ListDiff|HashTable(V2)?|InitializeTable(V2)?|LookupTable\w+)$/;

/** Makes a GraphModel of its artifacts, and no tensor stays where that fails. */
export async function loadGraphModel(runtime: Runtime, artifacts: ModelArtifacts): Promise<TfModel> {
  const { tf } = runtime;
  const topology = { versions: {}, ...(artifacts.modelTopology as { readonly node: readonly GraphNode[] }) };
  const handed = { ...artifacts, modelTopology: topology };
  let native: GraphModel | undefined;
  tf.tidy(() => {
    native = tf.loadGraphModelSync({ load: () => handed });
    for (const weight of Object.values(native.weights).flat()) tf.keep(weight);
  });
  // A GraphModel keeps its artifacts, so as to be saved again: the weights would be in memory twice.
  handed.weightData = [];
  if (native === undefined) throw new Error('TensorFlow.js gave no model');
  try {
    return graphModel(runtime, native, topology.node);
  } catch (cause) {
    native.dispose();
    throw cause;
  }
}

function graphModel(
  { tf, backend, description }: Runtime,
  native: GraphModel,
  nodes: readonly GraphNode[],
): TfModel {
  const { signature, inputKeys, outputKeys, unrankedInputs } = graphPorts(native, nodes);
  const check: (inputs: unknown, name: string) => asserts inputs is TensorMap = inputCheck(
    signature,
    unrankedInputs,
  );
  const feeds = (inputs: TensorMap): Record<string, TfTensor> =>
    Object.fromEntries(
      signature.inputs.map(({ name }, index) => [inputKeys[index] ?? name, toRuntime(tf, inputs[name])]),
    );

  const execute = (inputs: TensorMap): TensorMap => {
    let outputs: TensorMap = {};
    tf.tidy(() => {
      outputs = outputMap(signature, native.execute(feeds(inputs), [...outputKeys]));
    });
    return outputs;
  };
  const executeAsync = (inputs: TensorMap, signal: AbortSignal | undefined): Promise<TensorMap> =>
    scoped(tf, async () => {
      signal?.throwIfAborted();
      return outputMap(signature, await native.executeAsync(feeds(inputs), [...outputKeys]));
    });

  let dynamic = nodes.some(({ op }) => ASYNC_OPS.test(op));
  let disposed = false;
  return {
    kind: 'graph-model',
    signature,
    unrankedInputs,
    runtime: description,
    backend,
    weightBytes: weightBytes(native),
    weightCount: Object.values(native.weights).flat().length,
    native,
    run(inputs: TensorMap, { name, signal }: RunContext) {
      check(inputs, name);
      if (backend === 'wasm') checkNotEmpty(inputs, name);
      if (dynamic) return executeAsync(inputs, signal);
      try {
        return execute(inputs);
      } catch (cause) {
        // An op that is not in the list above, such as one registered by the application.
        if (!messageOf(cause).includes('model.executeAsync()')) throw cause;
        dynamic = true;
        return executeAsync(inputs, signal);
      }
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      native.dispose();
    },
  };
}

/**
 * WASM traps at a division by the size of nothing in some kernels (a reduction, for one), and a trap leaves its stack where it
 * was: it would run out of it after enough of such requests.
 *
 * @throws WarmsetError `ERR_INPUT_INVALID`
 */
function checkNotEmpty(inputs: TensorMap, modelName: string): void {
  for (const [name, { shape }] of Object.entries(inputs)) {
    if (!shape.includes(0)) continue;
    const text = `input "${name}": expected at least 1 element, got shape [${shape.join(', ')}]`;
    throw new WarmsetError('ERR_INPUT_INVALID', `Model "${modelName}": ${text}.`, {
      modelName,
      retriable: false,
    });
  }
}

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, complex64: 8 };

function weightBytes(model: GraphModel): number {
  const weights = Object.values(model.weights).flat();
  return weights.reduce((bytes, weight) => {
    if (weight.dtype !== 'string') return bytes + weight.size * (BYTES[weight.dtype] ?? 4);
    const texts = weight.dataSync() as string[];
    return bytes + texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  }, 0);
}
