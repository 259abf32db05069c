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
  /** The largest tensor that is not of a convolution. */
  readonly largestWeightBytes: number;
  /** The share of convolutions in that: tensors of three dimensions and more of a graph that has a convolution. */
  readonly kernelBytes: number;
  /** The largest of these. */
  readonly largestKernelBytes: number;
  /** Bytes that float16 takes in the file, beside what is computed with. */
  readonly halfBytes: number;
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
    const { tensors, convolves, ...contents } = await readOnnx(reader, head);
    const stored = await tensorBytes(tensors, source, options);
    let weightBytes = 0;
    let halfBytes = 0;
    let largestWeightBytes = 0;
    let kernelBytes = 0;
    let largestKernelBytes = 0;
    for (const [index, { isHalf, rank }] of tensors.entries()) {
      const fileBytes = stored[index] ?? 0;
      const bytes = isHalf ? 2 * fileBytes : fileBytes;
      weightBytes += bytes;
      if (isHalf) halfBytes += fileBytes;
      if (!convolves || rank < 3) {
        largestWeightBytes = Math.max(largestWeightBytes, bytes);
        continue;
      }
      kernelBytes += bytes;
      largestKernelBytes = Math.max(largestKernelBytes, bytes);
    }
    return { ...contents, weightBytes, largestWeightBytes, kernelBytes, largestKernelBytes, halfBytes };
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
    largestWeightBytes: 0,
    // What is in it is not looked at: it may be convolutions.
    kernelBytes: size,
    largestKernelBytes: size,
    halfBytes: 0,
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
