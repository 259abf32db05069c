/** Makes ONNX files of multi-layer perceptrons with random weights: what is measured does not depend on what they say. */
import { field, modelBytes, node, once, tensor, text, valueInfo, xorshift } from './onnx-file.mjs';

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

/** @param {readonly number[]} sizes of the layers, from the inputs to the outputs */
function mlpBytes(sizes) {
  const random = xorshift(1);
  const nodes = [];
  const initializers = [];
  let from = 'x';
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const [w, b, h, r] = ['w', 'b', 'h', 'r'].map((letter) => letter + layer);
    const shape = [sizes[layer], sizes[layer + 1]];
    initializers.push(tensor(w, shape, random), tensor(b, shape.slice(1), random));
    nodes.push(node('Gemm', [from, w, b], h));
    const isLast = layer + 2 === sizes.length;
    if (!isLast) nodes.push(node('Relu', [h], r));
    from = isLast ? h : r;
  }
  return modelBytes([
    ...nodes.map((one) => field(1, one)),
    text(2, 'mlp'),
    ...initializers.map((one) => field(5, one)),
    field(11, valueInfo('x', [FEATURES])),
    field(12, valueInfo(from, [1])),
  ]);
}
