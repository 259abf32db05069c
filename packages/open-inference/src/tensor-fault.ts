import { describeValue, elementCount, isDType } from '@warmset/registry/adapter';
import { ARRAY_OF } from './arrays.js';
import { datatypeOf } from './datatypes.js';
import { shapeText } from './shape.js';

/**
 * What is wrong with what should be a tensor, as `expected …, got …`; `undefined` where nothing is. For those who write
 * tensors of models that nobody has checked: the writers here take what the types say.
 */
export function tensorFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return mismatch('a tensor', describeValue(value));
  const { dtype, shape, data } = value as { dtype?: unknown; shape?: unknown; data?: unknown };
  if (!isDType(dtype)) return mismatch('a dtype', describeValue(dtype));
  if (!isShape(shape)) return mismatch('a shape of whole numbers ≥ 0', describeValue(shape));
  const datatype = datatypeOf(dtype);
  const ArrayType = datatype === 'BYTES' ? Array : ARRAY_OF[datatype];
  if (!(data instanceof ArrayType))
    return mismatch(`${dtype} data as ${ArrayType.name}`, describeValue(data));
  const count = elementCount(shape);
  if (data.length !== count)
    return mismatch(`${count} elements for shape ${shapeText(shape)}`, `${data.length}`);
  // `findIndex` visits the holes of a sparse array, which `every` steps over.
  const at = datatype === 'BYTES' ? (data as unknown[]).findIndex((text) => typeof text !== 'string') : -1;
  return at < 0 ? undefined : mismatch('only strings in data', describeValue((data as unknown[])[at]));
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.findIndex((size) => !(Number.isSafeInteger(size) && size >= 0)) < 0;
}

function mismatch(expected: string, got: string): string {
  return `expected ${expected}, got ${got}`;
}
