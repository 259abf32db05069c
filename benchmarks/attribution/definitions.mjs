import { createRequire } from 'node:module';
import util from 'node:util';
import { onnxModel } from '@warmset/adapters-onnx';
import { savedModel, tfjsModel } from '@warmset/adapters-tfjs';

const MAKE = { onnx: onnxModel, tfjs: tfjsModel, 'saved-model': savedModelOfFolder };

/** @param {import('./subjects.mjs').Subject['kind']} kind */
export function definitionOf(kind, options) {
  const definition = MAKE[kind](options);
  if (kind !== 'saved-model') return definition;
  return { ...definition, portable: { module: import.meta.url, export: 'savedModelOfFolder', options } };
}

/**
 * A SavedModel on the tfjs-node in the folder that WARMSET_TFJS_NODE names. What hosts call too.
 * @public
 */
export function savedModelOfFolder(options) {
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  // Gone from Node 23 on, which tfjs-node does not know.
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  const runtime = createRequire(import.meta.url)(process.env.WARMSET_TFJS_NODE);
  return savedModel({ ...options, runtime });
}

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
};

/**
 * A request of zeros: one row, and eight wherever else a dimension is free.
 *
 * @param {import('@warmset/registry').ModelSignature} signature
 */
export function zeros({ inputs }) {
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape }) => {
      const firstFree = shape.indexOf(-1);
      const sizes = shape.map((size, index) => (size >= 0 ? size : index === firstFree ? 1 : 8));
      const count = sizes.reduce((product, size) => product * size, 1);
      const data = dtype === 'string' ? Array(count).fill('') : new ARRAYS[dtype](count);
      return [name, { dtype, shape: sizes, data }];
    }),
  );
}
