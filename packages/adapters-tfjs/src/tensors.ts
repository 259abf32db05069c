import type { ModelSignature, Tensor, TensorMap } from '@warmset/registry';
import type { TensorFlow, TfTensor } from './tensorflow.js';

/**
 * A runtime's tensor of a neutral one's values, which it may share until it is disposed of.
 *
 * @param tensor an input that was checked against the signature
 */
export function toRuntime(tf: TensorFlow, tensor: Tensor | undefined): TfTensor {
  if (tensor === undefined) throw new TypeError('an input is missing');
  const { dtype, shape, data } = tensor;
  switch (dtype) {
    case 'float32':
    case 'int32':
    case 'bool':
    case 'string':
      return tf.tensor(data, [...shape], dtype);
    case 'uint8':
      return tf.tensor(Int32Array.from(data), [...shape], 'int32');
    default:
      // No signature of ours names another.
      throw new TypeError(`TensorFlow.js has no ${dtype} tensors`);
  }
}

/** What a runtime gave, by the signature's names, with memory of its own. */
export function outputMap(
  { outputs }: ModelSignature,
  result: TfTensor | (TfTensor | undefined)[],
): TensorMap {
  const tensors = Array.isArray(result) ? result : [result];
  return Object.fromEntries(
    outputs.map(({ name }, index) => {
      const tensor = tensors[index];
      if (tensor === undefined) throw new Error(`the model gave nothing for its output "${name}"`);
      return [name, fromRuntime(tensor)];
    }),
  );
}

function fromRuntime(tensor: TfTensor): Tensor {
  const shape = [...tensor.shape];
  // The CPU backend hands out its own array, which may be a weight's or the caller's input: copy.
  const data = tensor.dataSync();
  if (data instanceof BigInt64Array) return { dtype: 'int64', shape, data: data.slice() };
  if (tensor.dtype === 'string') return { dtype: 'string', shape, data: [...(data as string[])] };
  const numbers = data as Float32Array | Int32Array | Uint8Array;
  if (tensor.dtype === 'float32') return { dtype: 'float32', shape, data: new Float32Array(numbers) };
  if (tensor.dtype === 'int32') return { dtype: 'int32', shape, data: new Int32Array(numbers) };
  if (tensor.dtype === 'bool') return { dtype: 'bool', shape, data: new Uint8Array(numbers) };
  throw new TypeError(`an output is ${tensor.dtype}, for which there is no tensor data here`);
}
