import type { Datatype } from './datatypes.js';

export type Element = number | bigint | string;

/** How the elements of a datatype travel in JSON. */
interface JsonElements {
  readonly expected: string;
  /** `undefined` for what is no element. */
  read(value: unknown): Element | undefined;
}

/** `FP16` is not among them: it travels only as bytes. */
export const JSON_ELEMENTS: Readonly<Record<Exclude<Datatype, 'FP16'>, JsonElements>> = {
  // NumPy's tolist() gives true and false, a cast in between 1 and 0.
  BOOL: { expected: 'true or false', read: (value) => BOOLS.get(value) },
  UINT8: whole(0, 2 ** 8 - 1),
  UINT16: whole(0, 2 ** 16 - 1),
  UINT32: whole(0, 2 ** 32 - 1),
  UINT64: wide(0n, 2n ** 64n - 1n),
  INT8: whole(-(2 ** 7), 2 ** 7 - 1),
  INT16: whole(-(2 ** 15), 2 ** 15 - 1),
  INT32: whole(-(2 ** 31), 2 ** 31 - 1),
  INT64: wide(-(2n ** 63n), 2n ** 63n - 1n),
  FP32: real('numbers that FP32 can hold', Math.fround),
  FP64: real('numbers that FP64 can hold', Number),
  BYTES: { expected: 'strings', read: (value) => (typeof value === 'string' ? value : undefined) },
};

const BOOLS = new Map<unknown, number>([
  [true, 1],
  [false, 0],
  [1, 1],
  [0, 0],
]);

/** JSON has no such numbers. As strings they travel in the JSON of protobuf too, and NumPy reads them. */
const NON_FINITE = new Map<unknown, number>([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function whole(least: number, most: number): JsonElements {
  return {
    expected: `whole numbers from ${least} to ${most}`,
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
        ? value
        : undefined,
  };
}

function wide(least: bigint, most: bigint): JsonElements {
  return {
    expected: `whole numbers from ${least} to ${most}, beyond ±(2^53 − 1) as strings`,
    read(value) {
      const element = toBigInt(value);
      return element !== undefined && element >= least && element <= most ? element : undefined;
    },
  };
}

/** Past 2^53 a JSON number has lost its last digits by the time it is read. */
function toBigInt(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}

function real(expected: string, rounded: (value: number) => number): JsonElements {
  return {
    expected: `${expected}, or "NaN", "Infinity", "-Infinity"`,
    read(value) {
      if (typeof value !== 'number') return NON_FINITE.get(value);
      return Number.isFinite(rounded(value)) ? value : undefined;
    },
  };
}
