import type { Tensor } from '@warmset/registry';
import { expect } from 'vitest';

/** The tolerances of the ONNX standard's own backend test runner, for models whose source states none. */
export const ONNX_TOLERANCE = { relative: 1e-3, absolute: 1e-7 };

/** As `numpy.testing.assert_allclose`: |actual − expected| ≤ absolute + relative × |expected|; NaN equals NaN. */
export function expectClose(actual: Tensor | undefined, expected: Tensor, tolerance = ONNX_TOLERANCE): void {
  expect(actual?.dtype).toBe(expected.dtype);
  expect(actual?.shape).toEqual(expected.shape);
  if (expected.dtype !== 'float32' && expected.dtype !== 'float64') {
    expect(actual?.data).toEqual(expected.data);
    return;
  }
  const values = actual?.data as Float32Array | Float64Array;
  const far = [...expected.data].flatMap((value, index) => {
    const got = values[index] as number;
    const isClose =
      Object.is(got, value) ||
      got === value ||
      (Number.isNaN(got) && Number.isNaN(value)) ||
      Math.abs(got - value) <= tolerance.absolute + tolerance.relative * Math.abs(value);
    return isClose ? [] : [{ index, got, expected: value }];
  });
  expect(far.slice(0, 5)).toEqual([]);
}
