import { messagesOf, numberOf, readFields, textOf } from './wire-reader.js';

/** An input or output of a signature. */
export interface TensorInfo {
  readonly name: string;
  /** TensorFlow's `DataType`, by number. */
  readonly dtype: number;
  /** −1 is free; `undefined` where not even the number of dimensions is known. */
  readonly shape: readonly number[] | undefined;
}

export interface SignatureDef {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** One of a SavedModel's graphs, as far as its callers see it. */
export interface MetaGraph {
  readonly tags: readonly string[];
  readonly signatures: ReadonlyMap<string, SignatureDef>;
  /** Whether it restores variables from the folder `variables`. */
  readonly hasVariables: boolean;
}

/** TensorFlow keeps the initialiser of a graph among its signatures. */
const INTERNAL = '__saved_model_init_op';

/**
 * The graphs in a `saved_model.pb`. Field numbers are those of TensorFlow's `saved_model.proto`, `meta_graph.proto` and
 * `tensor_shape.proto`. tfjs-node reads the same with a reader that says "Assertion failed" at whatever is wrong, and
 * takes an unknown number of dimensions for none.
 *
 * @throws Error where it is none
 */
export function metaGraphs(file: Uint8Array): MetaGraph[] {
  const graphs = messagesOf(readFields(file), 2).map(metaGraph);
  if (graphs.length === 0) throw new Error('there is no graph in it');
  return graphs;
}

function metaGraph(message: Uint8Array): MetaGraph {
  const fields = readFields(message);
  const info = messagesOf(fields, 1).flatMap(readFields);
  const signatures = mapOf(messagesOf(fields, 5)).map(([name, definition]): [string, SignatureDef] => {
    const parts = readFields(definition);
    return [name, { inputs: tensorInfos(messagesOf(parts, 1)), outputs: tensorInfos(messagesOf(parts, 2)) }];
  });
  return {
    tags: messagesOf(info, 4).map((tag) => Buffer.from(tag).toString('utf8')),
    signatures: new Map(signatures.filter(([name]) => name !== INTERNAL)),
    hasVariables: messagesOf(fields, 3).length > 0,
  };
}

function tensorInfos(entries: readonly Uint8Array[]): TensorInfo[] {
  // A map has no order in the file: sorted, its names come the same way from every load.
  return mapOf(entries)
    .map(([name, message]) => {
      const fields = readFields(message);
      return { name, dtype: numberOf(fields, 2), shape: shapeOf(messagesOf(fields, 3).at(-1)) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function shapeOf(message: Uint8Array | undefined): readonly number[] | undefined {
  const fields = readFields(message ?? new Uint8Array());
  if (numberOf(fields, 3) !== 0) return undefined;
  return messagesOf(fields, 2).map((dimension) => numberOf(readFields(dimension), 1));
}

/** A map's entries are messages of a key and a value. */
function mapOf(entries: readonly Uint8Array[]): [string, Uint8Array][] {
  return entries.map((entry) => {
    const fields = readFields(entry);
    return [textOf(fields, 1), messagesOf(fields, 2).at(-1) ?? new Uint8Array()];
  });
}
