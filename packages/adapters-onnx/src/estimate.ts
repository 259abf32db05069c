import type { ModelFacts } from './model-facts.js';

// Measured with onnxruntime-node 1.30.0 on Linux x64 with glibc, as what a process's memory grew by: see
// docs/adapters/onnx.md; scripts/measure-memory.mjs measures it. Together they bound all that was measured.
/** 1.0 where weights are used as they are (embeddings, LSTM), 3.1 where they are packed anew (convolutions). */
const BYTES_PER_WEIGHT_BYTE = 3.5;
/** A tensor exists up to five times while it is packed, and glibc keeps what is freed below its largest mmap threshold. */
const COPIES_OF_LARGEST = 2;
const LARGEST_KEPT_BYTES = 32 * 1024 * 1024;
/** Attributes become objects: 12.9 for the nodes of a tree ensemble, 14.1 for labels. */
const BYTES_PER_GRAPH_BYTE = 15;
/** A node that carries nearly nothing: 3.9 KiB with half an initializer and the kernel that runs it. */
const BYTES_PER_NODE = 4 * 1024;
/** A session of next to no model. */
const BYTES_PER_SESSION = 1024 * 1024;

/**
 * An upper bound for the bytes that a loaded model holds. Not in it: what requests need while they run (their
 * intermediate tensors grow with the batch), and the runtime itself, which the first model brings in.
 */
export function upperBoundBytes(facts: Omit<ModelFacts, 'unrankedInputs'>): number {
  return (
    BYTES_PER_SESSION +
    BYTES_PER_WEIGHT_BYTE * facts.weightBytes +
    COPIES_OF_LARGEST * Math.min(facts.largestWeightBytes, LARGEST_KEPT_BYTES) +
    BYTES_PER_GRAPH_BYTE * facts.graphBytes +
    BYTES_PER_NODE * facts.nodeCount
  );
}
