import type { DType, ModelSignature, Tensor, TensorMap } from '../tensor.js';
import { elementCount } from '../tensor-bytes.js';

const ZEROS: { readonly [D in DType]: (length: number) => Extract<Tensor, { dtype: D }>['data'] } = {
  float16: (length) => new Uint16Array(length),
  float32: (length) => new Float32Array(length),
  float64: (length) => new Float64Array(length),
  int8: (length) => new Int8Array(length),
  int16: (length) => new Int16Array(length),
  int32: (length) => new Int32Array(length),
  int64: (length) => new BigInt64Array(length),
  uint8: (length) => new Uint8Array(length),
  uint16: (length) => new Uint16Array(length),
  uint32: (length) => new Uint32Array(length),
  uint64: (length) => new BigUint64Array(length),
  bool: (length) => new Uint8Array(length),
  string: (length) => new Array<string>(length).fill(''),
};

/** An input that fits a signature: zeros, with 1 for each free dimension. */
export function zerosFor(signature: ModelSignature): TensorMap {
  return Object.fromEntries(
    signature.inputs.map(({ name, dtype, shape }) => {
      const sizes = shape.map((size) => (size < 0 ? 1 : size));
      return [name, { dtype, shape: sizes, data: ZEROS[dtype](elementCount(sizes)) } as Tensor];
    }),
  );
}
