import { Buffer } from 'node:buffer';
import { describeValue, type TensorMap } from '@warmset/registry/adapter';
import { bytesFromTensor } from './binary-data.js';
import { datatypeOf } from './datatypes.js';
import { BINARY_TYPE, HEADER_LENGTH, JSON_TYPE } from './headers.js';
import { jsonFromTensor } from './json-data.js';
import type { WireTensor } from './messages.js';

/** A message as it goes out. */
export interface EncodedMessage {
  /** Text where it is JSON alone. */
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** The bytes of JSON at the beginning, where tensors follow it. */
  readonly headerLength: number | undefined;
  /** `content-type` and, where tensors follow the JSON, `inference-header-content-length`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Puts tensors into a message: into its JSON, or after it. */
export function encodeTensors(
  field: 'inputs' | 'outputs',
  tensors: TensorMap,
  isBinary: (name: string) => boolean,
  rest: Readonly<Record<string, unknown>>,
): EncodedMessage {
  const chunks: Uint8Array[] = [];
  const wire = Object.entries(tensors).map(([name, tensor]): WireTensor => {
    const where = `${field === 'inputs' ? 'Input' : 'Output'} ${describeValue(name)}`;
    const head = { name, datatype: datatypeOf(tensor.dtype), shape: tensor.shape };
    if (!isBinary(name)) return { ...head, data: jsonFromTensor(where, tensor) };
    const bytes = bytesFromTensor(where, tensor);
    chunks.push(bytes);
    return { ...head, parameters: { binary_data_size: bytes.length } };
  });
  const json = JSON.stringify({ ...rest, [field]: wire });
  if (chunks.length === 0)
    return { body: json, headerLength: undefined, headers: { 'content-type': JSON_TYPE } };
  const header = Buffer.from(json);
  return {
    body: Buffer.concat([header, ...chunks]),
    headerLength: header.length,
    headers: { 'content-type': BINARY_TYPE, [HEADER_LENGTH]: String(header.length) },
  };
}
