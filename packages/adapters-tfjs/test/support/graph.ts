import type { GraphTensorInfo, WeightSpec } from '../../src/tensorflow.js';
import { modelFiles } from './files.js';

export interface TestNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, unknown>>;
}

export const FLOAT = { type: 'DT_FLOAT' };
export const INT = { type: 'DT_INT32' };

export function placeholder(name: string, sizes: readonly number[] | undefined, type = 'DT_FLOAT'): TestNode {
  const shape = sizes === undefined ? { unknownRank: true } : tensorShape(sizes);
  return { name, op: 'Placeholder', attr: { dtype: { type }, shape: { shape } } };
}

export function constant(name: string, type = 'DT_FLOAT'): TestNode {
  return { name, op: 'Const', attr: { dtype: { type } } };
}

export function tensorShape(sizes: readonly number[]): NonNullable<GraphTensorInfo['tensorShape']> {
  return { dim: sizes.map((size) => ({ size: String(size) })) };
}

interface TestGraph {
  readonly nodes: readonly TestNode[];
  readonly weights?: readonly (Omit<WeightSpec, 'name'> & {
    readonly name: string;
    readonly data: ArrayBufferView;
  })[];
  readonly signature?: {
    inputs?: Record<string, GraphTensorInfo>;
    outputs?: Record<string, GraphTensorInfo>;
  };
  readonly functions?: readonly unknown[];
  /** More members of the `model.json`. */
  readonly more?: Record<string, unknown>;
}

/** Writes a GraphModel and gives the path of its `model.json`. */
export function graphFiles({ nodes, weights = [], signature, functions, more }: TestGraph): string {
  const specs = weights.map(({ data: _data, ...spec }) => spec);
  const bytes = weights.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  const json = {
    format: 'graph-model',
    ...(signature !== undefined && { signature }),
    modelTopology: {
      node: nodes,
      ...(functions !== undefined && { library: { function: functions } }),
      versions: { producer: 1 },
    },
    weightsManifest: [{ paths: ['weights.bin'], weights: specs }],
    ...more,
  };
  return modelFiles(json, Buffer.concat(bytes));
}
