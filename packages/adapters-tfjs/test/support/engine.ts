import * as namespace from '@tensorflow/tfjs';
import type { ModelArtifacts } from '../../src/tensorflow.js';
import { modelFiles } from './files.js';

/** The TensorFlow.js of the tests, whose engine is that of the whole process. */
export const tf = (namespace as unknown as { default: typeof namespace }).default;

/** What the engine has allocated; equal before and after whatever must leave nothing. */
export function allocated(): { tensors: number; bytes: number; buffers: number; variables: number } {
  const { numTensors, numBytes, numDataBuffers } = tf.memory();
  const variables = Object.keys(tf.engine().registeredVariables).length;
  return { tensors: numTensors, bytes: numBytes, buffers: numDataBuffers, variables };
}

/** Writes a LayersModel that the test made and gives the path of its `model.json`; the model itself is disposed of. */
export async function savedLayers(make: () => namespace.LayersModel): Promise<string> {
  const before = Object.keys(tf.engine().registeredVariables);
  const model = make();
  let artifacts: Partial<ModelArtifacts> = {};
  await model.save({
    save: async (given) => {
      artifacts = given as unknown as ModelArtifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    },
  });
  // A model that uses a layer twice does not dispose of it.
  for (const [name, variable] of Object.entries(tf.engine().registeredVariables)) {
    if (!before.includes(name)) variable.dispose();
  }
  const { modelTopology, weightSpecs, weightData } = artifacts;
  return modelFiles(
    {
      format: 'layers-model',
      modelTopology,
      weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
    },
    weightData as ArrayBuffer,
  );
}
