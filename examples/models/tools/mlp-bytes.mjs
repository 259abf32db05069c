/** Makes ONNX files of multi-layer perceptrons with random weights, for demonstrations and measurements of size and time. */
import { field, modelBytes, node, tensor, text, valueInfo, xorshift } from './onnx-file.mjs';

export { xorshift };

/**
 * The content of an ONNX file: `x` float32 [N, first size] → float32 [N, last size], with a ReLU after each layer but
 * the last. The same sizes and seed give the same bytes.
 *
 * @param {readonly number[]} sizes of the layers, from the inputs to the outputs
 * @param {number} [seed] of the weights, a whole number > 0
 * @returns {Buffer}
 */
export function mlpBytes(sizes, seed = 1) {
  const random = xorshift(seed);
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
    field(11, valueInfo('x', [sizes[0]])),
    field(12, valueInfo(from, [sizes[sizes.length - 1]])),
  ]);
}
