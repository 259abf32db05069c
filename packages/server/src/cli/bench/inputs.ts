import type { DType, Tensor, TensorMap, TensorSpec } from '@warmset/registry';
import { usageError } from '../cli-error.js';

/** As many as a made request should have at most: 2^22 numbers are some 40 MB of JSON. */
const MOST_ELEMENTS = 2 ** 22;

/**
 * A request's inputs, made from the model's signature: a free first dimension becomes the batch, every other free one 1.
 * Floats are even in 0 to 1, integers 0 or 1 (safe as an index into any table), text is `"a"`. The same for the same
 * model, so that two measurements send the same bytes.
 *
 * @throws CliError (usage) where they would be too large to be made
 */
export function generateInputs(specs: readonly TensorSpec[], batch: number): TensorMap {
  const random = mulberry32(1);
  return Object.fromEntries(specs.map((spec) => [spec.name, generate(spec, batch, random)]));
}

function generate({ name, dtype, shape }: TensorSpec, batch: number, random: () => number): Tensor {
  const fixed = shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? batch : 1));
  const length = fixed.reduce((product, size) => product * size, 1);
  if (length > MOST_ELEMENTS) {
    throw usageError(
      `Input "${name}" would have ${length} elements. Send a request of yours: --input request.json`,
    );
  }
  return { dtype, shape: fixed, data: DATA[dtype](length, random) } as Tensor;
}

type Make = (length: number, random: () => number) => Tensor['data'];

const bit = (random: () => number): number => (random() < 0.5 ? 0 : 1);
/** Four digits, as measured values have. */
const fraction = (random: () => number): number => Math.round(random() * 1e4) / 1e4;
/** IEEE 754 half precision: 0 and 1. */
const HALF_ONE = 0x3c00;

const DATA: Readonly<Record<DType, Make>> = {
  float16: (length, random) => Uint16Array.from({ length }, () => bit(random) * HALF_ONE),
  float32: (length, random) => Float32Array.from({ length }, () => fraction(random)),
  float64: (length, random) => Float64Array.from({ length }, () => fraction(random)),
  int8: (length, random) => Int8Array.from({ length }, () => bit(random)),
  int16: (length, random) => Int16Array.from({ length }, () => bit(random)),
  int32: (length, random) => Int32Array.from({ length }, () => bit(random)),
  int64: (length, random) => BigInt64Array.from({ length }, () => BigInt(bit(random))),
  uint8: (length, random) => Uint8Array.from({ length }, () => bit(random)),
  uint16: (length, random) => Uint16Array.from({ length }, () => bit(random)),
  uint32: (length, random) => Uint32Array.from({ length }, () => bit(random)),
  uint64: (length, random) => BigUint64Array.from({ length }, () => BigInt(bit(random))),
  bool: (length, random) => Uint8Array.from({ length }, () => bit(random)),
  string: (length) => Array.from({ length }, () => 'a'),
};

/** [mulberry32](https://github.com/cprosche/mulberry32): even numbers in 0 to 1 from a seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
