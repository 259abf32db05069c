import type { DType } from '@warmset/registry';

/** TensorFlow's `DataType` enum, by number, as far as a served tensor can have it. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'DT_FLOAT',
  2: 'DT_DOUBLE',
  3: 'DT_INT32',
  4: 'DT_UINT8',
  5: 'DT_INT16',
  6: 'DT_INT8',
  7: 'DT_STRING',
  8: 'DT_COMPLEX64',
  9: 'DT_INT64',
  10: 'DT_BOOL',
  14: 'DT_BFLOAT16',
  17: 'DT_UINT16',
  18: 'DT_COMPLEX128',
  19: 'DT_HALF',
  20: 'DT_RESOURCE',
  21: 'DT_VARIANT',
  22: 'DT_UINT32',
  23: 'DT_UINT64',
};

/** A dtype as TensorFlow writes it: by name in a `model.json`, by number in a `saved_model.pb`. */
export function dataTypeName(dtype: string | number): string {
  return typeof dtype === 'string' ? dtype : (NAMES[dtype] ?? `type ${dtype}`);
}

/** What TensorFlow.js makes of each: it has no other number types than float32 and int32. */
const IN_TFJS: Readonly<Record<string, DType>> = {
  DT_FLOAT: 'float32',
  DT_HALF: 'float32',
  DT_DOUBLE: 'float32',
  DT_INT32: 'int32',
  DT_INT64: 'int32',
  DT_INT8: 'int32',
  DT_UINT8: 'int32',
  DT_BOOL: 'bool',
  DT_STRING: 'string',
};

/** The dtype in which TensorFlow.js takes or gives a graph's tensor; `undefined` where it has none. */
export function tfjsDType(dtype: string | number): DType | undefined {
  const name = dataTypeName(dtype);
  return Object.hasOwn(IN_TFJS, name) ? IN_TFJS[name] : undefined;
}

/** A runtime's own word for a dtype; `undefined` for complex64, which tensors here do not have. */
export function knownDType(dtype: string): DType | undefined {
  return dtype === 'float32' || dtype === 'int32' || dtype === 'bool' || dtype === 'string'
    ? dtype
    : undefined;
}
