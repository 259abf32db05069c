import type { DType } from '@warmset/registry/adapter';

const DTYPE_OF = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
} as const satisfies Record<string, DType>;

/** A tensor's type as the protocol names it. */
export type Datatype = keyof typeof DTYPE_OF;

/** All of them, in the order of the specification. */
export const DATATYPES = Object.keys(DTYPE_OF) as readonly Datatype[];

const DATATYPE_OF = Object.fromEntries(
  DATATYPES.map((datatype) => [DTYPE_OF[datatype], datatype]),
) as Readonly<Record<DType, Datatype>>;

export function isDatatype(value: unknown): value is Datatype {
  return typeof value === 'string' && Object.hasOwn(DTYPE_OF, value);
}

/** `float32` → `FP32`. */
export function datatypeOf(dtype: DType): Datatype {
  return DATATYPE_OF[dtype];
}

/** `FP32` → `float32`. */
export function dtypeOf(datatype: Datatype): DType {
  return DTYPE_OF[datatype];
}
