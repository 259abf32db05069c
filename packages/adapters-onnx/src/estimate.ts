import type { ModelFacts } from './model-facts.js';

// Measured with onnxruntime-node 1.30.0 on Linux x64 with glibc, as what a process's memory grew by at most while a model
// was loaded and first run: see docs/adapters/onnx.md; scripts/measure-memory.mjs measures it. Together they bound all
// that was measured.
/** The file's copy and the session's, or the session's and what is packed of it: 2.0 for a layer of 138 MB, or for six of 23 MB. */
const BYTES_PER_WEIGHT_BYTE = 2.1;
/** Convolutions are packed in several steps: 3.4 for twelve of 9 MB. */
const BYTES_PER_KERNEL_BYTE = 3.5;
/** One exists up to five times while it is packed, and glibc keeps what is freed below its largest mmap threshold. */
const COPIES_OF_LARGEST_KERNEL = 2;
const LARGEST_KEPT_BYTES = 32 * 1024 * 1024;
/** Attributes become objects: 12.9 for the nodes of a tree ensemble, 14.1 for labels. */
const BYTES_PER_GRAPH_BYTE = 15;
/** A node that carries nearly nothing: 3.9 KiB with half an initializer and the kernel that runs it. */
const BYTES_PER_NODE = 4 * 1024;
/** A session of next to no model. */
const BYTES_PER_SESSION = 1024 * 1024;

// The same where glibc gives back what is freed, as it is told to in the registry's process hosts (“trimming” in the docs).
/** Weights are there once: 1.0 of six layers of 23 MB. */
const TRIMMED_PER_WEIGHT_BYTE = 1.1;
/** The largest is there twice: 1.0 more for a layer of 133 MB. */
const TRIMMED_COPIES_OF_LARGEST = 1.1;
/** 2.0 for twelve of 9 MB, beside the one that is being packed. */
const TRIMMED_PER_KERNEL_BYTE = 2.2;
/** 5.0 in all for one of 24 MB. */
const TRIMMED_COPIES_OF_LARGEST_KERNEL = 3;

/**
 * An upper bound for the bytes that a model takes while it is loaded, and then holds. Not in it: what requests need while
 * they run (their intermediate tensors grow with the batch), and the runtime itself, which the first model brings in.
 *
 * @param isTrimmed whether what the load frees goes back to the system
 */
export function upperBoundBytes(facts: Omit<ModelFacts, 'unrankedInputs'>, isTrimmed: boolean): number {
  const { halfBytes, graphBytes, nodeCount } = facts;
  const tensorBytes = isTrimmed ? trimmedBytes(facts) : untrimmedBytes(facts);
  const restBytes = BYTES_PER_GRAPH_BYTE * graphBytes + BYTES_PER_NODE * nodeCount;
  return Math.ceil(BYTES_PER_SESSION + tensorBytes + halfBytes + restBytes);
}

type TensorFacts = Pick<
  ModelFacts,
  'weightBytes' | 'largestWeightBytes' | 'kernelBytes' | 'largestKernelBytes'
>;

function untrimmedBytes({ weightBytes, kernelBytes, largestKernelBytes }: TensorFacts): number {
  return (
    BYTES_PER_WEIGHT_BYTE * (weightBytes - kernelBytes) +
    BYTES_PER_KERNEL_BYTE * kernelBytes +
    COPIES_OF_LARGEST_KERNEL * Math.min(largestKernelBytes, LARGEST_KEPT_BYTES)
  );
}

function trimmedBytes(facts: TensorFacts): number {
  const { weightBytes, largestWeightBytes, kernelBytes, largestKernelBytes } = facts;
  return (
    TRIMMED_PER_WEIGHT_BYTE * (weightBytes - kernelBytes) +
    TRIMMED_COPIES_OF_LARGEST * largestWeightBytes +
    TRIMMED_PER_KERNEL_BYTE * kernelBytes +
    TRIMMED_COPIES_OF_LARGEST_KERNEL * largestKernelBytes
  );
}
