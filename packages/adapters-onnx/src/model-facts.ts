import { messageOf } from '@warmset/registry/adapter';
import { tensorBytes } from './external-data.js';
import { type ByteReader, type ModelSource, readSource } from './model-source.js';
import { readContents } from './onnx-contents.js';
import type { OnnxModelOptions } from './options.js';
import { otherFormat } from './other-format.js';

/** What is known of a model before the runtime sees it. */
export interface ModelFacts {
  /** Bytes of numbers in tensors, those in external files included; float16 counts as the float32 that a CPU computes with. */
  readonly weightBytes: number;
  /** The largest tensor's share of that. */
  readonly largestWeightBytes: number;
  /** Bytes of all else in the file. */
  readonly graphBytes: number;
  readonly nodeCount: number;
  /** Inputs of any rank; `undefined` where the file's format does not tell. */
  readonly unrankedInputs: ReadonlySet<string> | undefined;
}

/**
 * Looks through a model and at its external data files without loading it.
 *
 * @throws Error that says, in words, why it cannot be a model that loads: not there, empty, cut short, another format
 */
export function readFacts(source: ModelSource, options: OnnxModelOptions): Promise<ModelFacts> {
  return readSource(source, async (reader) => {
    if (reader.size === 0) throw new Error('it is empty');
    const head = Buffer.from(await reader.read(0, 64));
    if (isOrtFormat(head)) return ortFacts(source, options, reader.size);
    const { tensors, ...contents } = await readOnnx(reader, head);
    const stored = await tensorBytes(tensors, source, options);
    const computed = stored.map((bytes, index) => (tensors[index]?.isHalf ? 2 * bytes : bytes));
    return {
      ...contents,
      weightBytes: computed.reduce((total, bytes) => total + bytes, 0),
      largestWeightBytes: computed.reduce((largest, bytes) => Math.max(largest, bytes), 0),
    };
  });
}

/** ORT format is flatbuffers, which the runtime knows by the file's name unless it is told. */
function ortFacts(source: ModelSource, { sessionOptions }: OnnxModelOptions, size: number): ModelFacts {
  const config = sessionOptions?.extra?.session ?? {};
  const isTold = typeof config === 'object' && 'load_model_format' in config;
  if ('path' in source && !source.path.endsWith('.ort') && !isTold) {
    throw new Error('it is in ORT format: rename it to end in .ort');
  }
  return {
    weightBytes: size,
    largestWeightBytes: size,
    graphBytes: 0,
    nodeCount: 0,
    unrankedInputs: undefined,
  };
}

async function readOnnx(reader: ByteReader, head: Buffer) {
  try {
    return await readContents(reader);
  } catch (cause) {
    throw new Error(otherFormat(head) ?? `it is not an ONNX file, or not all of one: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function isOrtFormat(head: Buffer): boolean {
  return head.toString('latin1', 4, 8) === 'ORTM';
}
