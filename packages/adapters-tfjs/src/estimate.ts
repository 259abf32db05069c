import type { SavedModelFiles } from './saved-model/files.js';

// Measured on Linux x64 with TensorFlow.js 4.22, as what a process's private memory grew by per further copy of a model until
// after its first runs: see docs/adapters/tfjs.md, made by scripts/measure-memory.mjs. Each is the largest found, rounded up.
/** The weights themselves, beside what XNNPACK packs of them on WASM (2.2 for dense layers, 4.0 for convolutions of 224 × 224). */
const BYTES_PER_WEIGHT_BYTE = 4;
/** What is stored smaller than it is used is read, joined, and decoded from there: 47 MB at most for 10.5 MB from 2.6. */
const COPIES_OF_QUANTIZED = 2;
/** The JavaScript objects of a layer or node and its weight: up to 9.5 KiB in a LayersModel, 4.5 KiB in a GraphModel. */
const BYTES_PER_WEIGHT = 10 * 1024;
/** A model of next to nothing: up to 0.5 MB. */
const BYTES_PER_MODEL = 512 * 1024;

/**
 * An upper bound for the bytes that a LayersModel or GraphModel takes while it is loaded, and then holds. Not in it: the runtime, which the first model
 * brings in, and what requests need while they run, of which WASM's memory never shrinks again.
 */
export function upperBoundBytes(weightBytes: number, weightCount: number, storedBytes: number): number {
  const quantizedBytes = storedBytes < weightBytes ? COPIES_OF_QUANTIZED * storedBytes : 0;
  return BYTES_PER_WEIGHT_BYTE * weightBytes + quantizedBytes + objectBytes(weightCount);
}

/** An upper bound for what a model holds besides its weights: JavaScript's objects. */
export function objectBytes(weightCount: number): number {
  return BYTES_PER_MODEL + BYTES_PER_WEIGHT * weightCount;
}

// The same for tfjs-node with libtensorflow 2.21.
/** Dense layers 1.07, convolutions 1.21 with what their graph takes. */
const BYTES_PER_VARIABLE_BYTE = 1.2;
/** A graph becomes operations and kernels: 40 for 300 dense layers. */
const BYTES_PER_GRAPH_BYTE = 45;
/** A session of next to nothing: up to 1.8 MB, with its graph, while it is loaded. */
const BYTES_PER_SESSION = 1.25 * 1024 * 1024;

/** An upper bound for the bytes that a loaded SavedModel holds, without the runtime and what requests need. */
export function savedModelBoundBytes({ graphBytes, variableBytes }: SavedModelFiles): number {
  return BYTES_PER_SESSION + BYTES_PER_VARIABLE_BYTE * variableBytes + BYTES_PER_GRAPH_BYTE * graphBytes;
}
