export { onnxModel } from './onnx-model.js';
export type { OnnxModel } from './onnx-session.js';
export type { OnnxModelOptions } from './options.js';
export type { OnnxRuntime } from './runtime.js';
