import { fileURLToPath } from 'node:url';
import * as diabetes from './diabetes/encoder.js';
import * as heart from './heart/encoder.js';
import * as liver from './liver/encoder.js';
import * as lung from './lung/encoder.js';

export type { DiabetesFeatures } from './diabetes/encoder.js';
export type { HeartFeatures } from './heart/encoder.js';
export type { LiverFeatures } from './liver/encoder.js';
export type { LungFeatures } from './lung/encoder.js';
export type { Risk } from './tensors.js';

/**
 * The four models, without an adapter: `schema`, `encode` and `decode` are what `withPipeline` takes, `format` says
 * which adapter the file wants (for TensorFlow.js in the words of `model.json`), and {@link modelPath} where it is.
 */
export const models = {
  heart: { name: 'heart', title: 'Heart disease', format: 'onnx', file: 'heart.onnx', ...heart },
  liver: { name: 'liver', title: 'Liver disease', format: 'onnx', file: 'liver.onnx', ...liver },
  diabetes: { name: 'diabetes', title: 'Diabetes', format: 'layers-model', file: 'model.json', ...diabetes },
  lung: { name: 'lung', title: 'Lung cancer', format: 'graph-model', file: 'model.json', ...lung },
} as const;

export type ModelName = keyof typeof models;

/** The folder that holds the model's files, its card and its samples; ends in a slash, so that `new URL(file, it)` works. */
export function folderUrl(name: ModelName): URL {
  return new URL(`./${name}/`, import.meta.url);
}

/** The absolute path of the file that an adapter opens. */
export function modelPath(name: ModelName): string {
  return fileURLToPath(new URL(models[name].file, folderUrl(name)));
}
