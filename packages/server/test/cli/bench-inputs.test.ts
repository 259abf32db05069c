import { checkInputs, type DType } from '@warmset/registry/adapter';
import { expect, it } from 'vitest';
import { generateInputs } from '../../src/cli/bench/inputs.js';

const DTYPES: readonly DType[] = [
  'float16',
  'float32',
  'float64',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
];

it.each(DTYPES)('makes %s as the registry takes it', (dtype) => {
  const specs = [{ name: 'x', dtype, shape: [-1, 3, -1] }];
  const inputs = generateInputs(specs, 4);
  expect(inputs.x?.shape).toEqual([4, 3, 1]);
  checkInputs({ inputs: specs, outputs: [] }, inputs, 'm');
});

it('makes a scalar', () => {
  expect(generateInputs([{ name: 'x', dtype: 'string', shape: [] }], 1)).toEqual({
    x: { dtype: 'string', shape: [], data: ['a'] },
  });
});

it('makes the same bytes for the same model', () => {
  const specs = [{ name: 'x', dtype: 'float32' as const, shape: [1, 100] }];
  expect(generateInputs(specs, 1)).toEqual(generateInputs(specs, 1));
});

it('makes no request that no server would take', () => {
  expect(() => generateInputs([{ name: 'x', dtype: 'float32', shape: [5000, 5000] }], 1)).toThrow(/--input/);
});
