import {
  byteLengthOf,
  checkInputs,
  type DType,
  elementCount,
  isDType,
  type Tensor,
} from '@warmset/registry/adapter';
import { zerosFor } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';

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
  string: Array,
} as const;

const DTYPES = Object.keys(ARRAYS) as DType[];

const signature = (dtype: DType = 'float32', shape: number[] = [-1, 3]) => ({
  inputs: [{ name: 'x', dtype, shape }],
  outputs: [],
});

const valid = { dtype: 'float32', shape: [2, 3], data: new Float32Array(6) };

/** What the check says of an input, `undefined` where it is fine. */
function objection(inputs: unknown, spec = signature()): string | undefined {
  try {
    checkInputs(spec, inputs, 'heart');
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_INPUT_INVALID', modelName: 'heart', retriable: false });
    return (error as Error).message;
  }
}

describe('checkInputs', () => {
  it.each(DTYPES)('takes a tensor of %s in its typed array', (dtype) => {
    expect(objection(zerosFor(signature(dtype)), signature(dtype))).toBeUndefined();
  });

  it.each(DTYPES)('refuses every other array for %s, saying which it expected', (dtype) => {
    for (const [other, ArrayType] of Object.entries(ARRAYS)) {
      const data = new ArrayType(3);
      const said = objection({ x: { dtype, shape: [1, 3], data } }, signature(dtype));
      if (ArrayType === ARRAYS[dtype] && other !== 'string' && dtype !== 'string') {
        expect(said).toBeUndefined();
      } else if (ArrayType !== ARRAYS[dtype]) {
        expect(said).toContain(`expected data as ${ARRAYS[dtype].name}`);
      }
    }
  });

  it('takes any size for a free dimension, 0 included, and scalars', () => {
    for (const rows of [0, 1, 7]) {
      const x = { dtype: 'float32', shape: [rows, 3], data: new Float32Array(rows * 3) };
      expect(objection({ x })).toBeUndefined();
    }
    const x = { dtype: 'float64', shape: [], data: new Float64Array(1) };
    expect(objection({ x }, signature('float64', []))).toBeUndefined();
  });

  it('takes a view into a larger buffer by its own length', () => {
    const data = new Float32Array(100).subarray(10, 16);
    expect(objection({ x: { ...valid, data } })).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'expected an object of tensors by name (x), got undefined'],
    ['null', null, 'got null'],
    ['text', 'x', 'got "x"'],
    ['an array', [valid], 'got an array of 1'],
    ['a bare typed array', new Float32Array(3), 'got a Float32Array'],
    ['an empty object', {}, 'input "x" is missing; expected x, got nothing'],
    ['a misspelt name', { X: valid }, 'input "x" is missing; expected x, got "X"'],
    ['an inherited input', Object.create({ x: valid }), 'input "x" is missing'],
    ['one too many', { x: valid, y: valid }, 'there is no input "y"; expected x'],
    ['a null tensor', { x: null }, `expected a tensor { dtype: 'float32', shape: [N, 3], data }, got null`],
    ['bare data', { x: new Float32Array(6) }, 'got a Float32Array'],
    ['a tensor without data', { x: { dtype: 'float32', shape: [2, 3] } }, 'got an object'],
    ['another dtype', { x: { ...valid, dtype: 'float64' } }, 'expected dtype float32, got "float64"'],
    ['an unknown dtype', { x: { ...valid, dtype: '__proto__' } }, 'expected dtype float32, got "__proto__"'],
    ['a dtype that is no text', { x: { ...valid, dtype: 1 } }, 'expected dtype float32, got 1'],
    ['another rank', { x: { ...valid, shape: [6] } }, 'expected shape [N, 3], got [6]'],
    ['another size', { x: { ...valid, shape: [3, 2] } }, 'expected shape [N, 3], got [3, 2]'],
    ['a shape that is no array', { x: { ...valid, shape: '2,3' } }, 'got "2,3"'],
    ['a negative size', { x: { ...valid, shape: [-1, 3] } }, 'of whole numbers ≥ 0, got [-1, 3]'],
    ['a NaN size', { x: { ...valid, shape: [Number.NaN, 3] } }, 'got [NaN, 3]'],
    ['half a row', { x: { ...valid, shape: [1.5, 3] } }, 'got [1.5, 3]'],
    ['an infinite size', { x: { ...valid, shape: [Number.POSITIVE_INFINITY, 3] } }, 'got [Infinity, 3]'],
    [
      'a hole in the shape',
      { x: { ...valid, shape: Object.assign(new Array(2), { 1: 3 }) } },
      'got [undefined, 3]',
    ],
    ['too little data', { x: { ...valid, data: new Float32Array(5) } }, '6 elements for shape [2, 3], got 5'],
    ['too much data', { x: { ...valid, data: new Float32Array(7) } }, '6 elements for shape [2, 3], got 7'],
    ['data that only looks like it', { x: { ...valid, data: { length: 6 } } }, 'data as Float32Array'],
    ['a size beyond all numbers', { x: { ...valid, shape: [2 ** 53, 3] } }, 'whole numbers'],
  ])('refuses %s, saying what it expected and what came', (_what, inputs, text) => {
    expect(objection(inputs)).toContain(text);
  });

  it('refuses strings that are none, wherever they are, and holes', () => {
    const spec = signature('string', [-1]);
    const withData = (data: unknown[]) => ({ x: { dtype: 'string', shape: [data.length], data } });
    expect(objection(withData(['a', '']), spec)).toBeUndefined();
    expect(objection(withData(['a', 1]), spec)).toContain('only strings in data, got 1');
    expect(objection(withData(['a', undefined]), spec)).toContain('got undefined');
    expect(objection(withData(new Array(2)), spec)).toContain('got undefined');
  });

  it('refuses bools other than 0 and 1, which native code may not be given', () => {
    const x = { dtype: 'bool', shape: [3], data: Uint8Array.of(0, 1, 2) };
    expect(objection({ x }, signature('bool', [-1]))).toContain('only 0 and 1 in data, got 2');
  });

  it('stays short, however large what came is', () => {
    const long = 'x'.repeat(10 ** 6);
    for (const inputs of [
      long,
      { [long]: valid },
      { x: valid, [long]: valid },
      { x: { ...valid, dtype: long } },
      { x: { ...valid, shape: new Array(10 ** 6).fill(1) } },
      { x: { ...valid, shape: [long, 3] } },
      Object.fromEntries(Array.from({ length: 10 ** 4 }, (_, index) => [`k${index}`, 1])),
    ]) {
      expect(objection(inputs)?.length).toBeLessThan(1000);
    }
  });

  it('checks each of several inputs by its own spec', () => {
    const spec = {
      inputs: [
        { name: 'ids', dtype: 'int64' as const, shape: [-1, 7] },
        { name: 'mask', dtype: 'bool' as const, shape: [-1] },
      ],
      outputs: [],
    };
    const inputs = zerosFor(spec);
    expect(objection(inputs, spec)).toBeUndefined();
    expect(objection({ ids: inputs.ids, mask: inputs.ids }, spec)).toContain('input "mask"');
  });
});

describe('tensor sizes', () => {
  it.each<[number[], number]>([
    [[], 1],
    [[0], 0],
    [[2, 3, 4], 24],
    [[5, 0, 7], 0],
  ])('a shape of %j has %d elements', (shape, elements) => {
    expect(elementCount(shape)).toBe(elements);
  });

  it.each<[DType, number]>([
    ['float16', 12],
    ['float32', 24],
    ['float64', 48],
    ['int8', 6],
    ['int64', 48],
    ['bool', 6],
  ])('2 × 3 of %s take %d bytes', (dtype, bytes) => {
    expect(byteLengthOf(zerosFor(signature(dtype, [2, 3])).x as Tensor)).toBe(bytes);
  });

  it('strings count as their UTF-8 bytes', () => {
    expect(byteLengthOf({ dtype: 'string', shape: [2], data: ['a', 'é'] })).toBe(3);
  });

  it('a dtype is one of thirteen, and no property of Object', () => {
    expect(DTYPES.every(isDType)).toBe(true);
    for (const other of ['float', 'toString', '__proto__', 1, null, undefined])
      expect(isDType(other)).toBe(false);
  });
});
