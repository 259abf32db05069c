import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { TensorMap } from '@warmset/registry';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { FleetModel } from './fleet.js';

/** A loaded model, as a server has it that uses the runtimes by hand. */
export interface PlainModel {
  predict(body: unknown): Promise<unknown>;
}

export async function loadPlain(model: FleetModel): Promise<PlainModel> {
  const run = model.format === 'onnx' ? await onnxRunner(model.path) : await tfjsRunner(model);
  return { predict: async (body) => model.decode(await run(model.encode(body))) };
}

type Runner = (inputs: TensorMap) => Promise<TensorMap>;

async function onnxRunner(path: string): Promise<Runner> {
  const session = await InferenceSession.create(path);
  return async (inputs) => {
    const feeds = Object.entries(inputs).map(([name, { data, shape }]) => [
      name,
      new Tensor('float32', data as Float32Array, shape),
    ]);
    const results = await session.run(Object.fromEntries(feeds));
    const outputs = Object.entries(results).map(([name, { data, dims }]) => [
      name,
      { dtype: 'float32', shape: dims, data },
    ]);
    return Object.fromEntries(outputs) as TensorMap;
  };
}

async function tfjsRunner({ path, format }: FleetModel): Promise<Runner> {
  const { modelTopology, weightsManifest } = JSON.parse(await readFile(path, 'utf8'));
  const shards = weightsManifest.flatMap(({ paths }: { paths: string[] }) => paths);
  const bytes = await Promise.all(shards.map((shard: string) => readFile(join(dirname(path), shard))));
  const source = tf.io.fromMemory({
    modelTopology,
    weightSpecs: weightsManifest.flatMap(({ weights }: { weights: unknown[] }) => weights),
    weightData: new Uint8Array(Buffer.concat(bytes)).buffer,
  });
  const model = await (format === 'layers-model' ? tf.loadLayersModel(source) : tf.loadGraphModel(source));
  return async ({ features }) => {
    if (features === undefined) throw new Error('expected the input features');
    const output = tf.tidy(() => {
      const input = tf.tensor(features.data as Float32Array, [...features.shape], 'float32');
      return model.predict(input) as tf.Tensor;
    });
    const data = (await output.data()) as Float32Array;
    output.dispose();
    return { risk: { dtype: 'float32', shape: output.shape, data } };
  };
}
