/** Makes ONNX files of multi-layer perceptrons with random weights, for demonstrations and measurements of size and time. */

const FLOAT = 1;

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
  const graph = [
    ...nodes.map((one) => field(1, one)),
    text(2, 'mlp'),
    ...initializers.map((one) => field(5, one)),
    field(11, valueInfo('x', sizes[0])),
    field(12, valueInfo(from, sizes[sizes.length - 1])),
  ];
  const opset = Buffer.concat([text(1, ''), number(2, 17)]);
  return Buffer.concat([number(1, 8), field(7, Buffer.concat(graph)), field(8, opset)]);
}

/**
 * The same numbers every time, from 0 to 1. George Marsaglia, "Xorshift RNGs", 2003.
 *
 * @param {number} seed a whole number > 0
 * @returns {() => number}
 */
export function xorshift(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

// The messages of onnx.proto, as far as they are needed: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

function node(type, inputs, output) {
  return Buffer.concat([...inputs.map((name) => text(1, name)), text(2, output), text(4, type)]);
}

function tensor(name, shape, random) {
  const weights = new Float32Array(shape.reduce((product, size) => product * size, 1));
  // As spread out as keeps the activations of a layer of that width from growing or vanishing.
  const scale = Math.sqrt(6 / shape[0]);
  for (let i = 0; i < weights.length; i++) weights[i] = (random() * 2 - 1) * scale;
  const dims = shape.map((size) => number(1, size));
  return Buffer.concat([...dims, number(2, FLOAT), text(8, name), field(9, Buffer.from(weights.buffer))]);
}

/** float32 [N, `columns`] */
function valueInfo(name, columns) {
  const shape = Buffer.concat([field(1, text(2, 'N')), field(1, number(1, columns))]);
  const type = field(1, Buffer.concat([number(1, FLOAT), field(2, shape)]));
  return Buffer.concat([text(1, name), field(2, type)]);
}

const text = (id, value) => field(id, Buffer.from(value));
const number = (id, value) => Buffer.concat([varint(id * 8), varint(value)]);
const field = (id, bytes) => Buffer.concat([varint(id * 8 + 2), varint(bytes.length), bytes]);

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
