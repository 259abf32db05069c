import type { ByteReader } from './model-source.js';
import { type FieldHandlers, type WireField, WireReader } from './wire-reader.js';

/** Where numbers lie in another file, see [external data](https://github.com/onnx/onnx/blob/main/docs/ExternalData.md). */
export interface ExternalRegion {
  /** The file, relative to the model's folder. */
  readonly location: string;
  readonly offset: number;
  /** Absent: to the end of the file. */
  readonly length: number | undefined;
}

/** A tensor of weights. */
export interface StoredTensor {
  /** Bytes of its numbers in this file. */
  readonly bytes: number;
  readonly external: ExternalRegion | undefined;
  /** Of float16 or bfloat16. */
  readonly isHalf: boolean;
  /** How many dimensions it has. */
  readonly rank: number;
}

/** What an ONNX file says of itself that the runtime tells only after loading, or never. */
export interface OnnxContents {
  readonly tensors: readonly StoredTensor[];
  /** Bytes of all else in this file: nodes, their attributes, names, strings. */
  readonly graphBytes: number;
  readonly nodeCount: number;
  /** There is a convolution in it. */
  readonly convolves: boolean;
  /** Inputs that declare no shape, so take any rank. The runtime tells them no differently from scalars. */
  readonly unrankedInputs: ReadonlySet<string>;
}

/**
 * Looks through an ONNX file; field numbers are those of
 * [onnx.proto](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 *
 * @throws Error where it is not one, or is cut short
 */
export async function readContents(reader: ByteReader): Promise<OnnxContents> {
  const scan = new Scan(new WireReader(reader));
  await scan.run();
  const { tensors, nodeCount, convolves, unrankedInputs } = scan;
  const graphBytes = tensors.reduce((bytes, tensor) => bytes - tensor.bytes, reader.size);
  return { tensors, graphBytes, nodeCount, convolves, unrankedInputs };
}

class Scan {
  nodeCount = 0;
  convolves = false;
  readonly tensors: StoredTensor[] = [];
  readonly unrankedInputs = new Set<string>();
  readonly #wire: WireReader;
  #hasGraph = false;

  constructor(wire: WireReader) {
    this.#wire = wire;
  }

  async run(): Promise<void> {
    const mainGraph = this.#into({ ...this.#graphFields, 11: (field) => this.#input(field) });
    await this.#wire.file({
      7: (field) => {
        this.#hasGraph = true;
        return mainGraph(field);
      },
      // A function's body is a list of nodes.
      25: this.#into({ 7: (field) => this.#node(field) }),
    });
    if (!this.#hasGraph) throw new Error('there is no ONNX graph in it');
  }

  #into(handlers: FieldHandlers): (field: WireField) => Promise<void> {
    return (field) => this.#wire.message(field, handlers);
  }

  /** Weights are initializers or, with a node that makes them, attributes; a subgraph of `If` or `Loop` has its own. */
  readonly #graphFields: FieldHandlers = {
    1: (field) => this.#node(field),
    5: (field) => this.#tensor(field),
    15: (field) => this.#sparseTensor(field),
  };

  readonly #attributeFields: FieldHandlers = {
    5: (field) => this.#tensor(field),
    6: this.#into(this.#graphFields),
    10: (field) => this.#tensor(field),
    11: this.#into(this.#graphFields),
    22: (field) => this.#sparseTensor(field),
    23: (field) => this.#sparseTensor(field),
  };

  readonly #nodeFields: FieldHandlers = {
    4: async (field) => {
      this.convolves ||= CONVOLUTION.test(await this.#wire.text(field));
    },
    5: this.#into(this.#attributeFields),
  };

  #node(field: WireField): Promise<void> {
    this.nodeCount += 1;
    return this.#wire.message(field, this.#nodeFields);
  }

  #sparseTensor(field: WireField): Promise<void> {
    return this.#wire.message(field, { 1: (part) => this.#tensor(part), 2: (part) => this.#tensor(part) });
  }

  async #tensor(field: WireField): Promise<void> {
    let bytes = 0;
    let isHalf = false;
    let rank = 0;
    const external = new Map<string, string>();
    const numbers = (part: WireField) => {
      bytes += part.end - part.start;
    };
    await this.#wire.message(field, {
      1: async (part) => {
        rank += await this.#wire.varintCount(part);
      },
      2: (part) => {
        isHalf = HALF_TYPES.has(part.value);
      },
      // The fields whose numbers are as long in memory as in the file: float_data, raw_data, double_data.
      4: numbers,
      9: numbers,
      10: numbers,
      13: async (entry) => {
        const [key, value] = await this.#entry(entry);
        external.set(key, value);
      },
    });
    this.tensors.push({ bytes, isHalf, rank, external: externalRegion(external) });
  }

  async #entry(field: WireField): Promise<[key: string, value: string]> {
    let key = '';
    let value = '';
    await this.#wire.message(field, {
      1: async (part) => {
        key = await this.#wire.text(part);
      },
      2: async (part) => {
        value = await this.#wire.text(part);
      },
    });
    return [key, value];
  }

  async #input(field: WireField): Promise<void> {
    let name = '';
    let isTensor = false;
    let hasShape = false;
    const tensorType = this.#into({
      2: () => {
        hasShape = true;
      },
    });
    await this.#wire.message(field, {
      1: async (part) => {
        name = await this.#wire.text(part);
      },
      2: this.#into({
        1: (part) => {
          isTensor = true;
          return tensorType(part);
        },
      }),
    });
    if (isTensor && !hasShape) this.unrankedInputs.add(name);
  }
}

/** `Conv`, `ConvTranspose`, `ConvInteger`, `QLinearConv`, `DeformConv`, `NhwcConv`, … */
const CONVOLUTION = /Conv/;

/** TensorProto.DataType: FLOAT16, BFLOAT16. */
const HALF_TYPES: ReadonlySet<number> = new Set([10, 16]);

function externalRegion(entries: ReadonlyMap<string, string>): ExternalRegion | undefined {
  const location = entries.get('location');
  if (location === undefined) return undefined;
  const length = entries.get('length');
  return {
    location,
    offset: byteCount(entries.get('offset') ?? '0'),
    length: length === undefined ? undefined : byteCount(length),
  };
}

function byteCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error(`the place of a tensor in its external data file is "${text}"`);
}
