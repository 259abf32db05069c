/** Makes ONNX files of multi-layer perceptrons with random weights: what is measured does not depend on what they say. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { here } from './paths.mjs';

const folder = join(here, 'node_modules/.warmset');
const FEATURES = 13;
const FLOAT = 1;

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
function mlpFile({ width, layers }) {
  const path = join(folder, `mlp-${width}x${layers}.onnx`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // Renamed when it is whole: a run that is cut short leaves no half a model behind.
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, mlpBytes([FEATURES, ...Array(layers + 1).fill(width), 1]));
  renameSync(unfinished, path);
  return path;
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
  const graph = [
    ...nodes.map((one) => field(1, one)),
    text(2, 'mlp'),
    ...initializers.map((one) => field(5, one)),
    field(11, valueInfo('x', FEATURES)),
    field(12, valueInfo(from, 1)),
  ];
  const opset = Buffer.concat([text(1, ''), number(2, 17)]);
  return Buffer.concat([number(1, 8), field(7, Buffer.concat(graph)), field(8, opset)]);
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

/** The same weights every time, from 0 to 1. George Marsaglia, "Xorshift RNGs", 2003. */
function xorshift(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
