import type { ModelSignature, RunContext, TensorMap } from '@warmset/registry';

/** A loaded TensorFlow model: what `use` and `acquire` hand out. */
export interface TfModel {
  readonly kind: 'layers-model' | 'graph-model' | 'saved-model';
  readonly signature: ModelSignature;
  /** Names of the inputs that take a tensor of any rank. The signature shows their shape as a scalar's, `[]`. */
  readonly unrankedInputs: readonly string[];
  /** The runtime and its backend, e.g. `@tensorflow/tfjs 4.22.0 (wasm)`, and what was passed over for it. */
  readonly runtime: string;
  /** TensorFlow.js's name of the backend: `cpu`, `wasm`, `tensorflow`, or the application's own. */
  readonly backend: string;
  /** Bytes of the weights as the runtime keeps them; absent for a SavedModel, whose memory TensorFlow does not tell. */
  readonly weightBytes?: number;
  readonly weightCount?: number;
  /** The runtime's own object: a `tf.LayersModel`, a `tf.GraphModel` or a `tf.node.TFSavedModel`. Dispose of no part of it. */
  readonly native: unknown;
  /**
   * Runs one request; tensors in between and the outputs' own are disposed of before it returns.
   *
   * @throws WarmsetError `ERR_INPUT_INVALID` before the runtime sees an input that does not fit the signature
   */
  run(inputs: TensorMap, context: RunContext): TensorMap | Promise<TensorMap>;
  /** Gives the weights back. A second call does nothing. */
  dispose(): void;
}
