import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A `model.json` and its weights as TensorFlow.js takes them where it may not fetch.
 *
 * @param {string} path
 */
export function readTfjs(path) {
  const { modelTopology, weightsManifest, signature } = JSON.parse(readFileSync(path, 'utf8'));
  const files = weightsManifest.flatMap(({ paths }) => paths);
  const data = Buffer.concat(files.map((file) => readFileSync(join(dirname(path), file))));
  return {
    load: async () => ({
      modelTopology,
      signature,
      weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
      weightData: new Uint8Array(data).buffer,
    }),
  };
}
