import { describeValue, elementCount } from '@warmset/registry/adapter';
import type { WeightSpec } from '../tensorflow.js';

/** Bytes an element takes in a weights file, and in memory; a string's are written before it. */
const BYTES = { float32: 4, int32: 4, bool: 1, complex64: 8, string: 0 } as const;
const QUANTIZED_BYTES = { uint8: 1, uint16: 2, float16: 2 } as const;
/** Before each string stands its length, as a 32-bit number. */
const LENGTH_BYTES = 4;

/**
 * Checks all that TensorFlow.js's decoder would stumble over half-way, with tensors already made.
 *
 * @throws Error that names the weight and what is wrong with it
 */
export function checkSpecs(specs: unknown): asserts specs is WeightSpec[] {
  if (!Array.isArray(specs)) throw new Error(`its list of weights is ${describeValue(specs)}, not an array`);
  const seen = new Set<string>();
  for (const spec of specs as unknown[]) {
    if (!isRecord(spec) || typeof spec.name !== 'string')
      throw new Error('a weight in its manifest has no name');
    const { name, shape, dtype, quantization } = spec;
    const wrong = (what: string): Error => new Error(`weight ${describeValue(name)} has ${what}`);
    // Of two tensors of one name the first would never be disposed of.
    if (seen.has(name)) throw new Error(`weight ${describeValue(name)} is in its manifest twice`);
    seen.add(name);
    if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      throw wrong('a shape that is not a list of whole numbers ≥ 0');
    }
    if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype)) {
      throw wrong(`dtype ${describeValue(dtype)}; TensorFlow.js knows ${Object.keys(BYTES).join(', ')}`);
    }
    if (quantization !== undefined) checkQuantization(quantization, dtype, wrong);
  }
}

function checkQuantization(value: unknown, dtype: string, wrong: (what: string) => Error): void {
  const kind = isRecord(value) ? value.dtype : undefined;
  if (typeof kind !== 'string' || !Object.hasOwn(QUANTIZED_BYTES, kind)) {
    throw wrong(
      `quantization ${describeValue(kind)}; TensorFlow.js knows ${Object.keys(QUANTIZED_BYTES).join(', ')}`,
    );
  }
  const { scale, min } = value as { scale?: unknown; min?: unknown };
  if (kind !== 'float16' && (typeof scale !== 'number' || typeof min !== 'number')) {
    throw wrong(`${kind} quantization without "scale" and "min"`);
  }
  if (dtype !== 'float32' && (dtype !== 'int32' || kind === 'float16')) {
    throw wrong(`${kind} quantization of ${dtype}, which TensorFlow.js cannot undo`);
  }
}

/** Bytes that a list of weights takes in its files; of string weights only their lengths, which is the least they can be. */
export function storedBytes(specs: readonly WeightSpec[]): {
  readonly bytes: number;
  readonly exact: boolean;
} {
  let bytes = 0;
  let exact = true;
  for (const { shape, dtype, quantization } of specs) {
    const count = elementCount(shape);
    if (quantization !== undefined) bytes += count * QUANTIZED_BYTES[quantization.dtype];
    else if (dtype !== 'string') bytes += count * BYTES[dtype];
    else {
      bytes += count * LENGTH_BYTES;
      exact &&= count === 0;
    }
  }
  return { bytes, exact };
}

/** Bytes of the decoded weights: quantized ones come back at full size. Strings count as what `stored` has left for them. */
export function decodedBytes(specs: readonly WeightSpec[], stored: number): number {
  const numbers = specs.reduce((bytes, { shape, dtype }) => bytes + elementCount(shape) * BYTES[dtype], 0);
  return numbers + Math.max(0, stored - storedBytes(specs).bytes);
}

/**
 * Checks that weights are as long as their specs say, strings by reading their lengths.
 *
 * @throws Error with the bytes expected and got
 */
export function checkWeightData(specs: readonly WeightSpec[], data: readonly ArrayBuffer[]): void {
  const got = data.reduce((bytes, part) => bytes + part.byteLength, 0);
  const { bytes: least, exact } = storedBytes(specs);
  const expected = exact || got < least ? least : withStrings(specs, data);
  if (got !== expected) throw new Error(`its weights should be ${expected} bytes, got ${got}`);
}

function withStrings(specs: readonly WeightSpec[], data: readonly ArrayBuffer[]): number {
  const all = Buffer.concat(data.map((part) => Buffer.from(part)));
  let offset = 0;
  for (const spec of specs) {
    if (spec.dtype !== 'string') {
      offset += storedBytes([spec]).bytes;
      continue;
    }
    const count = elementCount(spec.shape);
    for (let index = 0; index < count && offset + LENGTH_BYTES <= all.length; index += 1) {
      offset += LENGTH_BYTES + all.readUInt32LE(offset);
    }
  }
  return offset;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
