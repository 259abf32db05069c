import { elementCount, type Tensor } from '@warmset/registry/adapter';
import { ARRAY_OF } from './arrays.js';
import { type Datatype, datatypeOf, dtypeOf } from './datatypes.js';
import { invalid, refused } from './invalid.js';
import { type Element, JSON_ELEMENTS } from './json-elements.js';
import { shapeText } from './shape.js';

/**
 * A tensor of `data` as it stood in JSON.
 *
 * @param shape checked before
 * @throws WarmsetError `ERR_INPUT_INVALID`
 */
export function tensorFromJson(
  where: string,
  datatype: Datatype,
  shape: readonly number[],
  data: unknown,
): Tensor {
  if (datatype === 'FP16') throw refused(`${where}: ${FP16_IS_BINARY}.`);
  if (!Array.isArray(data)) throw invalid(where, 'data as an array', data);
  const flat = Array.isArray(data[0]) ? flattened(where, shape, data) : data;
  const count = elementCount(shape);
  if (flat.length !== count) {
    throw refused(
      `${where}: expected ${count} elements in data for shape ${shapeText(shape)}, got ${flat.length}.`,
    );
  }
  const { expected, read } = JSON_ELEMENTS[datatype];
  const elements: { [index: number]: Element } =
    datatype === 'BYTES'
      ? new Array<string>(count)
      : (new ARRAY_OF[datatype](count) as { [index: number]: Element });
  for (let index = 0; index < count; index += 1) {
    const element = read(flat[index]);
    if (element === undefined) throw invalid(`${where}, element ${index}`, expected, flat[index]);
    elements[index] = element;
  }
  // The datatype says which array it is.
  return { dtype: dtypeOf(datatype), shape, data: elements } as Tensor;
}

/** Nested arrays, which must be nested as the shape is. Axis by axis, not by recursion: the nesting is the client's. */
function flattened(where: string, shape: readonly number[], data: readonly unknown[]): readonly unknown[] {
  let rows: readonly unknown[] = [data];
  for (const [axis, size] of shape.entries()) {
    for (const row of rows) {
      if (!Array.isArray(row) || row.length !== size) {
        throw invalid(
          `${where}, data, axis ${axis}`,
          `arrays of ${size} for shape ${shapeText(shape)}, or flat data`,
          row,
        );
      }
    }
    rows = rows.flat();
  }
  return rows;
}

/**
 * A tensor's elements, flat, as JSON can hold them.
 *
 * @throws WarmsetError `ERR_INPUT_INVALID` for `float16`
 */
export function jsonFromTensor(where: string, tensor: Tensor): (number | string | boolean)[] {
  switch (tensor.dtype) {
    case 'float16':
      throw refused(`${where}: ${FP16_IS_BINARY}.`);
    case 'float32':
    case 'float64':
      return Array.from(tensor.data, (value) => (Number.isFinite(value) ? value : String(value)));
    case 'int64':
    case 'uint64':
      return Array.from(tensor.data, (value) =>
        Number.isSafeInteger(Number(value)) ? Number(value) : String(value),
      );
    case 'bool':
      return Array.from(tensor.data, (value) => value !== 0);
    default:
      return Array.from<number | string>(tensor.data);
  }
}

const FP16_IS_BINARY = `${datatypeOf('float16')} travels only as binary data (binary_data_size in a request, binary_data for an output)`;
