import type { WarmsetError } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { type TfIOHandler, tfjsModel } from '../src/index.js';
import { float32, load, rejection, run, withModel } from './support/driver.js';
import { allocated, tf } from './support/engine.js';

const weights = Float32Array.of(1, 2, 3);
const topology = {
  class_name: 'Sequential',
  config: {
    layers: [
      {
        class_name: 'Dense',
        config: {
          name: 'sum',
          units: 1,
          use_bias: false,
          activation: 'linear',
          batch_input_shape: [null, 3],
        },
      },
    ],
  },
};
const artifacts = {
  modelTopology: topology,
  format: 'layers-model',
  weightSpecs: [{ name: 'sum/kernel', shape: [3, 1], dtype: 'float32' as const }],
  weightData: weights.buffer,
};

const from = (handler: TfIOHandler) => tfjsModel({ handler, runtime: 'cpu' });
const answer = async (handler: TfIOHandler) =>
  withModel(
    from(handler),
    async (model) => (await run(model, { sum_input: float32([1, 3], [1, 1, 1]) })).sum?.data[0],
  );

describe('a model that an IOHandler gives', () => {
  it('is loaded as one from a file is', async () => {
    expect(await answer(tf.io.fromMemory(artifacts as never))).toBe(6);
    expect(await answer({ load: async () => artifacts })).toBe(6);
  });

  it('may come with its weights in parts, or as a stream', async () => {
    expect(
      await answer({
        load: () => ({ ...artifacts, weightData: [weights.slice(0, 1).buffer, weights.slice(1).buffer] }),
      }),
    ).toBe(6);
    const getWeightStream = () => new Blob([weights]).stream();
    expect(await answer({ load: () => ({ ...artifacts, weightData: undefined, getWeightStream }) })).toBe(6);
  });

  it('is loaded without the optimizer that it was trained with', async () => {
    await answer({ load: () => artifacts });
    const before = allocated();
    const config = { learning_rate: 0.01, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };
    const trainingConfig = {
      loss: 'meanSquaredError',
      metrics: [],
      optimizer_config: { class_name: 'Adam', config },
    };
    const iterations = { name: 'iter', shape: [], dtype: 'int32', group: 'optimizer' };
    const trained = {
      ...artifacts,
      trainingConfig,
      weightSpecs: [...artifacts.weightSpecs, iterations],
      weightData: new Uint8Array([...new Uint8Array(weights.buffer), 1, 0, 0, 0]).buffer,
    };
    await withModel(from({ load: () => trained }), async (model) => {
      expect(allocated().bytes - before.bytes).toBe(model.weightBytes);
    });
    expect(allocated()).toEqual(before);
  });

  it('has an estimate only where one is given', () => {
    expect(from({ load: () => artifacts }).estimateBytes).toBeUndefined();
    expect(tfjsModel({ handler: { load: () => artifacts }, estimateBytes: 9 }).estimateBytes).toBe(9);
  });

  it.each<[string, () => unknown, string]>([
    [
      'fails',
      () => {
        throw new Error('503');
      },
      'its IOHandler failed: 503',
    ],
    ['rejects', async () => Promise.reject(new Error('504')), 'its IOHandler failed: 504'],
    ['gives nothing', () => undefined, 'its IOHandler gave undefined instead of model artifacts'],
    ['gives no topology', () => ({ ...artifacts, modelTopology: undefined }), 'it has no "modelTopology"'],
    [
      'gives no list of weights',
      () => ({ ...artifacts, weightSpecs: undefined }),
      'its list of weights is undefined',
    ],
    [
      'gives no weights',
      () => ({ ...artifacts, weightData: undefined }),
      'its IOHandler gave undefined as "weightData"',
    ],
    [
      'gives too few',
      () => ({ ...artifacts, weightData: new ArrayBuffer(8) }),
      'its weights should be 12 bytes, got 8',
    ],
  ])('that %s is ERR_LOAD_FAILED with the reason', async (_what, give, reason) => {
    const before = allocated();
    const error = (await rejection(load(from({ load: give })))) as Error;
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', message: expect.stringContaining(reason) });
    expect(error.message).toContain('Model "m": cannot load the model of its handler: ');
    expect(allocated()).toEqual(before);
    expect((error as WarmsetError).retriable).toBe(reason.includes('failed') ? undefined : false);
  });
});
