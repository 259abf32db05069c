export type { SavedModelOptions, TfIOHandler, TfjsModelOptions } from './options.js';
export type { RuntimeName } from './runtime/start.js';
export { savedModel } from './saved-model.js';
export type { TensorFlowNamespace, TensorFlowNodeNamespace } from './tensorflow.js';
export type { TfModel } from './tf-model.js';
export { tfjsModel } from './tfjs-model.js';
