import type { LoadContext, RunContext, Tensor, TensorMap } from '@warmset/registry';
import { WarmsetError } from '@warmset/registry/adapter';
import { inputCheck } from '../input-check.js';
import type { Runtime } from '../runtime/start.js';
import type { TfSavedModel } from '../tensorflow.js';
import { outputMap, toRuntime } from '../tensors.js';
import type { TfModel } from '../tf-model.js';
import type { SavedModelPorts } from './ports.js';

export interface SavedModelSource {
  readonly path: string;
  readonly tags: readonly string[];
  readonly signature: string;
}

/** Has TensorFlow load the SavedModel. What arrives after the load was given up is disposed of. */
export async function loadSession(
  runtime: Runtime,
  source: SavedModelSource,
  ports: SavedModelPorts,
  { signal }: LoadContext,
): Promise<TfModel> {
  const { tf, description } = runtime;
  if (tf.node === undefined)
    throw new Error(`${description} has no tf.node: a SavedModel needs @tensorflow/tfjs-node`);
  // It sorts the tags that it is given.
  const native = await tf.node.loadSavedModel(source.path, [...source.tags], source.signature);
  if (signal.aborted) {
    native.dispose();
    throw signal.reason;
  }
  return sessionModel(runtime, native, ports);
}

function sessionModel(
  { tf, backend, description }: Runtime,
  native: TfSavedModel,
  { signature, unrankedInputs }: SavedModelPorts,
): TfModel {
  const check: (inputs: unknown, name: string) => asserts inputs is TensorMap = inputCheck(
    signature,
    unrankedInputs,
  );
  let disposed = false;
  return {
    kind: 'saved-model',
    signature,
    unrankedInputs,
    runtime: description,
    backend,
    native,
    run(inputs: TensorMap, { name }: RunContext) {
      check(inputs, name);
      const lowered = Object.fromEntries(
        Object.entries(inputs).map(([input, tensor]) => [input, lower(input, tensor, name)]),
      );
      let outputs: TensorMap = {};
      tf.tidy(() => {
        const feeds = Object.entries(lowered).map(([input, tensor]) => [input, toRuntime(tf, tensor)]);
        const result = native.predict(Object.fromEntries(feeds));
        outputs = outputMap(
          signature,
          signature.outputs.map((output) => result[output.name]),
        );
      });
      return outputs;
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      native.dispose();
    },
  };
}

const UINT32_MAX = 0xffff_ffffn;

/**
 * tfjs-node takes an int64 input as int32 and writes zeros above it: it is right from 0 to 2³² − 1, and a negative number
 * would silently become a positive one.
 *
 * @throws WarmsetError `ERR_INPUT_INVALID`
 */
function lower(input: string, tensor: Tensor, modelName: string): Tensor {
  if (tensor.dtype !== 'int64') return tensor;
  const outside = tensor.data.find((value) => value < 0n || value > UINT32_MAX);
  if (outside !== undefined) {
    throw new WarmsetError(
      'ERR_INPUT_INVALID',
      `Model "${modelName}": input "${input}": expected int64 values from 0 to ${UINT32_MAX}, which is what tfjs-node can pass on, got ${outside}.`,
      { modelName, retriable: false },
    );
  }
  return {
    dtype: 'int32',
    shape: tensor.shape,
    data: Int32Array.from(tensor.data, (value) => Number(BigInt.asIntN(32, value))),
  };
}
