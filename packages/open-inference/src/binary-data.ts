import { Buffer } from 'node:buffer';
import { elementCount, type Tensor } from '@warmset/registry/adapter';
import { ARRAY_OF } from './arrays.js';
import { type Datatype, dtypeOf } from './datatypes.js';
import { invalid, refused } from './invalid.js';
import { shapeText } from './shape.js';

/** Before each element of `BYTES`: its length, as an unsigned 32-bit number. */
const LENGTH_BYTES = 4;

/**
 * A tensor of the bytes that came for it. Where they lie as the array needs them it is a view of them, else a copy.
 *
 * @param shape checked before
 * @throws WarmsetError `ERR_INPUT_INVALID`
 */
export function tensorFromBytes(
  where: string,
  datatype: Datatype,
  shape: readonly number[],
  bytes: Uint8Array,
): Tensor {
  const count = elementCount(shape);
  const data =
    datatype === 'BYTES'
      ? readStrings(where, shape, count, bytes)
      : readArray(where, datatype, shape, count, bytes);
  // The datatype says which array it is.
  return { dtype: dtypeOf(datatype), shape, data } as Tensor;
}

function readArray(
  where: string,
  datatype: Exclude<Datatype, 'BYTES'>,
  shape: readonly number[],
  count: number,
  bytes: Uint8Array,
): Tensor['data'] {
  const ArrayType = ARRAY_OF[datatype];
  const size = count * ArrayType.BYTES_PER_ELEMENT;
  if (bytes.length !== size) {
    throw refused(
      `${where}: expected binary_data_size ${size} for ${datatype} ${shapeText(shape)}, got ${bytes.length}.`,
    );
  }
  if (datatype === 'BOOL') {
    const at = bytes.findIndex((byte) => byte > 1);
    if (at >= 0) throw invalid(`${where}, element ${at}`, 'a byte 0 or 1', bytes[at]);
  }
  const isAligned = bytes.byteOffset % ArrayType.BYTES_PER_ELEMENT === 0;
  // Not `bytes.slice()`: a Buffer's does not copy.
  const { buffer, byteOffset } = isAligned ? bytes : new Uint8Array(bytes);
  return new ArrayType(buffer as ArrayBuffer, byteOffset, count);
}

/** UTF-8 that is none would come out as other text. A byte-order mark is a part of the text here. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readStrings(where: string, shape: readonly number[], count: number, bytes: Uint8Array): string[] {
  const strings: string[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (strings.length < count) {
    const left = bytes.length - at;
    const length = left < LENGTH_BYTES ? undefined : view.getUint32(at, true);
    if (length === undefined || length > left - LENGTH_BYTES) {
      const expected = length === undefined ? 'a length of 4 bytes' : `${length} bytes after its length`;
      const got = length === undefined ? left : left - LENGTH_BYTES;
      throw refused(`${where}, element ${strings.length}: expected ${expected}, got ${got} bytes.`);
    }
    at += LENGTH_BYTES;
    strings.push(decoded(where, strings.length, bytes.subarray(at, at + length)));
    at += length;
  }
  if (at === bytes.length) return strings;
  throw refused(
    `${where}: expected ${count} elements of BYTES for shape ${shapeText(shape)} in ${at} bytes, got ${bytes.length}.`,
  );
}

function decoded(where: string, index: number, bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw refused(`${where}, element ${index}: expected UTF-8, got ${bytes.length} other bytes.`);
  }
}

/** A tensor's elements as they go after the JSON: a view of them, but for strings. */
export function bytesFromTensor(where: string, tensor: Tensor): Uint8Array {
  if (tensor.dtype === 'string') return writeStrings(where, tensor.data);
  const { buffer, byteOffset, byteLength } = tensor.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writeStrings(where: string, strings: readonly string[]): Uint8Array {
  const encoded = strings.map((text, index) => {
    const at = text.search(/\p{Surrogate}/u);
    if (at < 0) return Buffer.from(text);
    throw refused(`${where}, element ${index}: expected text, got half of a surrogate pair at ${at}.`);
  });
  const size = encoded.reduce((bytes, element) => bytes + LENGTH_BYTES + element.length, 0);
  const bytes = Buffer.alloc(size);
  let at = 0;
  for (const element of encoded) {
    at = bytes.writeUInt32LE(element.length, at);
    at += element.copy(bytes, at);
  }
  return bytes;
}
