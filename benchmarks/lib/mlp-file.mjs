/** Makes ONNX files of multi-layer perceptrons with random weights: what is measured does not depend on what they say. */
import { mlpBytes } from '../../examples/models/tools/mlp-bytes.mjs';
import { once } from './once.mjs';

const FEATURES = 13;

/** 142 MB of weights: six layers of 2432 × 2432 between an input of 13 numbers and an output of one. */
export const bigModel = () => mlpFile({ width: 2432, layers: 6 });

/** 13-64-64-64-1: small enough that the way to it is what takes time. */
export const smallModel = () => mlpFile({ width: 64, layers: 2 });

/**
 * A batch for these models.
 *
 * @param {number} rows
 * @returns {{ x: import('@warmset/registry').Tensor }}
 */
export function batchOf(rows) {
  const data = Float32Array.from({ length: rows * FEATURES }, (_, index) => Math.sin(index));
  return { x: { dtype: 'float32', shape: [rows, FEATURES], data } };
}

/** The path of such a file, which is written the first time it is asked for. */
export function mlpFile({ width, layers }) {
  return once(`mlp-${width}x${layers}.onnx`, () => mlpBytes([FEATURES, ...Array(layers + 1).fill(width), 1]));
}
