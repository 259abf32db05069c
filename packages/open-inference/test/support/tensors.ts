import type { DType, Tensor } from '@warmset/registry';
import fc from 'fast-check';

/** Any tensor of a dtype: up to 4 axes, some of them empty, every value that the dtype has. */
export function anyTensor(dtype: DType): fc.Arbitrary<Tensor> {
  return fc
    .array(fc.nat({ max: 4 }), { maxLength: 4 })
    .chain((shape) => elements(dtype, count(shape)).map((data) => ({ dtype, shape, data }) as Tensor));
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function elements(dtype: DType, length: number): fc.Arbitrary<Tensor['data']> {
  const exactly = { minLength: length, maxLength: length };
  switch (dtype) {
    case 'float16':
      return fc.uint16Array(exactly);
    case 'float32':
      return fc.float32Array(exactly);
    case 'float64':
      return fc.float64Array(exactly);
    case 'int8':
      return fc.int8Array(exactly);
    case 'int16':
      return fc.int16Array(exactly);
    case 'int32':
      return fc.int32Array(exactly);
    case 'int64':
      return fc.bigInt64Array(exactly);
    case 'uint8':
      return fc.uint8Array(exactly);
    case 'uint16':
      return fc.uint16Array(exactly);
    case 'uint32':
      return fc.uint32Array(exactly);
    case 'uint64':
      return fc.bigUint64Array(exactly);
    case 'bool':
      return fc.uint8Array({ ...exactly, max: 1 });
    case 'string':
      return fc.array(fc.string({ unit: 'binary' }), exactly);
  }
}

/** JSON has neither the sign of a zero nor the bits of a NaN. */
export function asJsonCarries(tensor: Tensor): Tensor {
  if (tensor.dtype !== 'float32' && tensor.dtype !== 'float64') return tensor;
  return { ...tensor, data: tensor.data.map((value) => (value === 0 ? 0 : value)) } as Tensor;
}

/** The bits of a tensor's data, where it has any: NaNs are compared by them too. */
export function bitsOf({ data }: Tensor): unknown {
  return Array.isArray(data) ? data : [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}

/** A body as it arrives: at any place in memory, as a Buffer or as bytes of a framework without. */
export function bytesOf(body: string | Uint8Array, offset = 0, isBuffer = false): Uint8Array {
  const bytes = Buffer.from(body);
  const size = bytes.length + offset;
  const placed = isBuffer ? Buffer.allocUnsafeSlow(size) : new Uint8Array(size);
  placed.set(bytes, offset);
  return placed.subarray(offset);
}
