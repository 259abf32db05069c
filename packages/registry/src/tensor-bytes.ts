import type { DType, Tensor } from './tensor.js';

/** Bytes an element takes; a string's are counted by {@link byteLengthOf}. */
const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = {
  float16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
  string: 0,
};

export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(BYTES_PER_ELEMENT, value);
}

/** The number of elements of a shape; a scalar's (`[]`) is 1. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, dimension) => count * dimension, 1);
}

/** The bytes of a tensor's data; a string counts as its UTF-8 bytes. */
export function byteLengthOf(tensor: Tensor): number {
  if (tensor.dtype !== 'string') return elementCount(tensor.shape) * BYTES_PER_ELEMENT[tensor.dtype];
  return tensor.data.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
}
