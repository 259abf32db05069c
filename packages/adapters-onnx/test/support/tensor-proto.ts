import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { DType, Tensor } from '@warmset/registry';

/** onnx.proto's TensorProto.DataType numbers. */
const DTYPES: Readonly<Record<number, DType>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
};

const ARRAYS = {
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** Reads the TensorProto files of the ONNX backend tests. */
export function readTensorProto(bytes: Uint8Array): { name: string; tensor: Tensor } {
  const reader = new BinaryReader(bytes);
  const shape: number[] = [];
  const numbers: (number | bigint)[] = [];
  const strings: string[] = [];
  let name = '';
  let dtype: DType | undefined;
  let raw: Uint8Array | undefined;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    /** A repeated number, packed or one by one. */
    const read = (into: (number | bigint)[], one: () => number | bigint) => {
      const end = wireType === WireType.LengthDelimited ? reader.uint32() + reader.pos : reader.pos + 1;
      while (reader.pos < end) into.push(one());
    };
    if (field === 1) read(shape as (number | bigint)[], () => Number(reader.int64()));
    else if (field === 2) dtype = DTYPES[reader.int32()];
    else if (field === 4) read(numbers, () => reader.float());
    else if (field === 5) read(numbers, () => reader.int32());
    else if (field === 6) strings.push(Buffer.from(reader.bytes()).toString('utf8'));
    else if (field === 7) read(numbers, () => BigInt(reader.int64()));
    else if (field === 8) name = reader.string();
    else if (field === 9) raw = reader.bytes();
    else if (field === 10) read(numbers, () => reader.double());
    else if (field === 11) read(numbers, () => BigInt(reader.uint64()));
    else reader.skip(wireType);
  }
  if (dtype === undefined) throw new Error('a tensor of an unknown type');
  if (dtype === 'string') return { name, tensor: { dtype, shape, data: strings } };
  const array = ARRAYS[dtype];
  const wide = dtype === 'int64' || dtype === 'uint64';
  const data =
    raw !== undefined
      ? new array(new Uint8Array(raw).buffer)
      : (array as unknown as { from(values: unknown[]): unknown }).from(
          numbers.map((value) => (wide ? BigInt(value) : Number(value))),
        );
  return { name, tensor: { dtype, shape, data } as Tensor };
}
