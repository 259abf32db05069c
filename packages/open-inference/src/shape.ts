import { describeValue } from '@warmset/registry/adapter';
import { invalid, refused } from './invalid.js';
import type { CodecLimits } from './limits.js';

/**
 * Checks a shape before anything is made of it.
 *
 * @throws WarmsetError `ERR_INPUT_INVALID` where a size is none, or there are too many elements
 */
export function checkShape(
  where: string,
  shape: unknown,
  limits: CodecLimits,
): asserts shape is readonly number[] {
  if (!Array.isArray(shape)) throw invalid(where, 'a shape, as an array of sizes', shape);
  // The nesting of the data is bounded by the depth of the JSON, so more axes than that could only be flat ones.
  if (shape.length > limits.maxDepth)
    throw invalid(where, `a shape of at most ${limits.maxDepth} axes`, shape);
  // An axis of 0 makes a tensor of no elements, whose other axes must not overflow a runtime's arithmetic either.
  let count = 1;
  for (const [axis, size] of shape.entries()) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw invalid(`${where}, shape, axis ${axis}`, 'a whole number ≥ 0', size);
    }
    count *= Math.max(1, size);
    if (count > limits.maxElements) {
      throw refused(
        `${where}: expected at most ${limits.maxElements} elements, got shape ${shapeText(shape)}.`,
      );
    }
  }
}

/** `[1, 13]`. */
export function shapeText(shape: readonly unknown[]): string {
  const shown = shape.slice(0, 8).map(describeValue);
  return `[${shown.join(', ')}${shape.length > 8 ? ', …' : ''}]`;
}
