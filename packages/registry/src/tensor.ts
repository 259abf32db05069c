/** The typed array, or plain array for strings and booleans' bytes, that holds each dtype's elements. */
export interface TensorDataByDType {
  /** IEEE 754 half precision, one element per 16-bit word. */
  float16: Uint16Array;
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  /** One byte an element, 0 or 1. */
  bool: Uint8Array;
  string: string[];
}

export type DType = keyof TensorDataByDType;

/** A tensor that no runtime owns: row-major `data` of `shape`; its length is the product of the dimensions. */
export interface TensorOf<D extends DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TensorDataByDType[D];
}

/** A tensor of any dtype; `dtype` tells which typed array `data` is. */
export type Tensor = { [D in DType]: TensorOf<D> }[DType];

/** Tensors by name: what a tensor model takes and gives. */
export type TensorMap = Readonly<Record<string, Tensor>>;

/** An input or output of a model; −1 is a free dimension. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** What a model takes and gives. */
export interface ModelSignature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}
