/** Writes ONNX files: the messages of onnx.proto, as far as they are needed: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */

const FLOAT = 1;

/** @param {readonly Uint8Array[]} graph the fields of a GraphProto */
export function modelBytes(graph) {
  const opset = Buffer.concat([text(1, ''), number(2, 17)]);
  return Buffer.concat([number(1, 8), field(7, Buffer.concat(graph)), field(8, opset)]);
}

/** @param {Readonly<Record<string, readonly number[]>>} [attributes] lists of whole numbers */
export function node(type, inputs, output, attributes = {}) {
  const lists = Object.entries(attributes).map(([name, values]) =>
    field(5, Buffer.concat([text(1, name), ...values.map((value) => number(8, value)), number(20, 7)])),
  );
  return Buffer.concat([...inputs.map((name) => text(1, name)), text(2, output), text(4, type), ...lists]);
}

export function tensor(name, shape, random) {
  const weights = new Float32Array(shape.reduce((product, size) => product * size, 1));
  // As spread out as keeps the activations of a layer of that width from growing or vanishing.
  const scale = Math.sqrt(6 / shape[0]);
  for (let i = 0; i < weights.length; i++) weights[i] = (random() * 2 - 1) * scale;
  const dims = shape.map((size) => number(1, size));
  return Buffer.concat([...dims, number(2, FLOAT), text(8, name), field(9, Buffer.from(weights.buffer))]);
}

/** float32 [N, ...`sizes`] */
export function valueInfo(name, sizes) {
  const shape = Buffer.concat([field(1, text(2, 'N')), ...sizes.map((size) => field(1, number(1, size)))]);
  const type = field(1, Buffer.concat([number(1, FLOAT), field(2, shape)]));
  return Buffer.concat([text(1, name), field(2, type)]);
}

export const text = (id, value) => field(id, Buffer.from(value));
export const field = (id, bytes) => Buffer.concat([varint(id * 8 + 2), varint(bytes.length), bytes]);
const number = (id, value) => Buffer.concat([varint(id * 8), varint(value)]);

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
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
