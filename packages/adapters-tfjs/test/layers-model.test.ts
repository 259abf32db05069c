import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LayersModel } from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { tfjsModel } from '../src/index.js';
import { float32, load, loadContext, rejection, run, withModel } from './support/driver.js';
import { allocated, savedLayers, tf } from './support/engine.js';
import { fixture } from './support/files.js';

const tiny = () => tfjsModel({ path: fixture('tiny-layers/model.json'), runtime: 'cpu' });

let before = allocated();
beforeEach(async () => {
  // The backend is there, so that only the test's own tensors count.
  await withModel(tiny(), async () => {});
  before = allocated();
});

/** The weights' rule of fixtures/make-fixtures.mjs. */
const rule = (count: number) => Array.from({ length: count }, (_, index) => (((index * 7) % 11) - 5) / 10);

function dense(row: readonly number[], kernel: readonly number[], bias: readonly number[]): number[] {
  return bias.map((b, unit) =>
    row.reduce((sum, x, index) => sum + x * (kernel[index * bias.length + unit] ?? 0), b),
  );
}

function tinyReference(row: readonly number[]): number[] {
  const hidden = dense(row, rule(12), rule(4)).map((x) => Math.max(0, x));
  const scores = dense(hidden, rule(8), rule(2)).map(Math.exp);
  return scores.map((score) => score / scores.reduce((a, b) => a + b));
}

describe('a LayersModel', () => {
  it('computes what its weights say, and leaves no tensor', () =>
    withModel(tiny(), async (model) => {
      const loaded = allocated();
      const rows = [
        [1, 2, 3],
        [-1, 0.5, 4],
      ];
      const { scores } = await run(model, { hidden_input: float32([2, 3], rows.flat()) });
      expect(scores?.shape).toEqual([2, 2]);
      for (const [index, value] of rows.flatMap(tinyReference).entries())
        expect(scores?.data[index]).toBeCloseTo(value, 6);
      expect(allocated()).toEqual(loaded);
      expect(loaded.bytes - before.bytes).toBe(model.weightBytes);
      expect(model.weightBytes).toBe(104);
    }));

  it('is described by its layers, by the same names at every load', async () => {
    const signature = {
      inputs: [{ name: 'hidden_input', dtype: 'float32', shape: [-1, 3] }],
      outputs: [{ name: 'scores', dtype: 'float32', shape: [-1, 2] }],
    };
    for (let time = 0; time < 3; time += 1)
      await withModel(tiny(), async (model) => expect(model.signature).toEqual(signature));
  });

  it('runs any number of rows as one batch', () =>
    withModel(tiny(), async (model) => {
      const rows = Array.from({ length: 100 }, (_, index) => [index, -index, index / 3]);
      let batches = 0;
      const native = model.native as LayersModel;
      const predict = native.predict.bind(native);
      native.predict = (x, args) => {
        expect(args).toEqual({ batchSize: 100 });
        batches += 1;
        return predict(x, args);
      };
      const { scores } = await run(model, { hidden_input: float32([100, 3], rows.flat()) });
      expect(batches).toBe(1);
      expect(scores?.data[198]).toBeCloseTo(tinyReference(rows[99] ?? [])[0] ?? 0, 5);
    }));

  it('refuses no rows, and inputs of different lengths, of which TensorFlow.js would cut one', async () => {
    const path = await savedLayers(() => {
      const [a, b] = [tf.input({ shape: [2], name: 'a' }), tf.input({ shape: [2], name: 'b' })];
      return tf.model({ inputs: [a, b], outputs: tf.layers.add().apply([a, b]) as never });
    });
    await withModel(tfjsModel({ path, runtime: 'cpu' }), async (model) => {
      const one = float32([1, 2], [1, 2]);
      expect(await rejection(run(model, { a: one, b: float32([2, 2], [1, 2, 3, 4]) }))).toMatchObject({
        code: 'ERR_INPUT_INVALID',
        message: 'Model "m": input "b": expected 1 rows as in "a", got 2.',
      });
      expect(await rejection(run(model, { a: float32([0, 2], []), b: float32([0, 2], []) }))).toMatchObject({
        code: 'ERR_INPUT_INVALID',
        message: 'Model "m": input "a": expected at least 1 row, got 0.',
      });
      expect(Object.values(await run(model, { a: one, b: one }))).toEqual([float32([1, 2], [2, 4])]);
    });
  });

  it.each<[string, unknown]>([
    ['another name', { x: float32([1, 3], [1, 2, 3]) }],
    ['another dtype', { hidden_input: { dtype: 'float64', shape: [1, 3], data: new Float64Array(3) } }],
    ['another rank', { hidden_input: float32([3], [1, 2, 3]) }],
    ['another size', { hidden_input: float32([1, 2], [1, 2]) }],
    ['a plain array', { hidden_input: [1, 2, 3] }],
  ])('refuses %s before the runtime sees it, and stays usable', (_what, inputs) =>
    withModel(tiny(), async (model) => {
      expect(await rejection(run(model, inputs))).toMatchObject({ code: 'ERR_INPUT_INVALID' });
      expect((await run(model, { hidden_input: float32([1, 3], [1, 2, 3]) })).scores?.shape).toEqual([1, 2]);
    }),
  );

  it('leaves no tensor where a run fails half-way', async () => {
    const path = await savedLayers(() =>
      tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 5, outputDim: 2, inputShape: [2] }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 1 }),
        ],
      }),
    );
    await withModel(tfjsModel({ path, runtime: 'cpu' }), async (model) => {
      const loaded = allocated();
      const [input] = model.signature.inputs;
      const word = (index: number) => run(model, { [input?.name ?? '']: float32([1, 2], [1, index]) });
      expect(await rejection(word(99))).toMatchObject({ message: expect.stringContaining('index value 99') });
      expect(allocated()).toEqual(loaded);
      expect(Object.values(await word(3))).toHaveLength(1);
    });
    expect(allocated()).toEqual(before);
  });
});

describe('every tensor of a LayersModel comes back when it is disposed of', () => {
  it.each<[string, () => LayersModel]>([
    [
      'with a layer that it uses twice',
      () => {
        const [a, b] = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
        const twice = tf.layers.dense({ units: 3 });
        return tf.model({
          inputs: [a, b],
          outputs: tf.layers.concatenate().apply([twice.apply(a), twice.apply(b)] as never) as never,
        });
      },
    ],
    [
      'with a model within it',
      () => {
        const inner = tf.sequential({
          layers: [tf.layers.dense({ units: 3, inputShape: [2] }), tf.layers.batchNormalization()],
        });
        return tf.sequential({ layers: [inner, tf.layers.dense({ units: 1 })] });
      },
    ],
    [
      'with a mask',
      () =>
        tf.sequential({
          layers: [
            tf.layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true, inputShape: [4] }),
            tf.layers.lstm({ units: 2 }),
          ],
        }),
    ],
    [
      'with layers in both directions',
      () =>
        tf.sequential({
          layers: [
            tf.layers.bidirectional({
              layer: tf.layers.gru({ units: 2 }) as never,
              mergeMode: 'concat',
              inputShape: [4, 2],
            }),
          ],
        }),
    ],
    [
      'with states',
      () =>
        tf.sequential({ layers: [tf.layers.lstm({ units: 2, stateful: true, batchInputShape: [1, 3, 2] })] }),
    ],
  ])('%s', async (_what, make) => {
    const path = await savedLayers(make);
    before = allocated();
    for (let time = 0; time < 2; time += 1) {
      const model = await load(tfjsModel({ path, runtime: 'cpu' }));
      const loaded = allocated();
      expect(loaded.bytes - before.bytes).toBe(model.weightBytes);
      const inputs = Object.fromEntries(
        model.signature.inputs.map(({ name, shape }) => {
          const sizes = shape.map((size) => Math.max(1, size));
          return [name, float32(sizes, new Float32Array(sizes.reduce((a, b) => a * b)).fill(1))];
        }),
      );
      const first = await run(model, inputs);
      expect(await run(model, inputs)).toEqual(first);
      expect(allocated()).toEqual(loaded);
      model.dispose();
      model.dispose();
      expect(allocated()).toEqual(before);
    }
  });

  it('also with several outputs of one layer, which have names of their own', async () => {
    const path = await savedLayers(() => {
      const x = tf.input({ shape: [3, 2], name: 'x' });
      return tf.model({
        inputs: x,
        outputs: tf.layers.lstm({ units: 2, returnState: true, name: 'memory' }).apply(x) as never,
      });
    });
    await withModel(tfjsModel({ path, runtime: 'cpu' }), async (model) => {
      const outputs = await run(model, { x: float32([1, 3, 2], [1, 2, 3, 4, 5, 6]) });
      expect(Object.keys(outputs)).toEqual(['memory', 'memory_1', 'memory_2']);
      expect(outputs.memory_1).toEqual(outputs.memory);
    });
    expect(allocated()).toEqual(before);
  });
});

describe('a LayersModel that is disposed of', () => {
  it('is not kept by TensorFlow.js, and the others run on', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const other = await load(tiny());
    const inputs = { hidden_input: float32([1, 3], [1, 2, 3]) };
    const expected = await run(other, inputs);
    const gone = await (async () => {
      const model = await load(tiny());
      await run(model, inputs);
      model.dispose();
      // Of a model TensorFlow.js would keep the layers.
      return (model.native as LayersModel).layers.map((layer) => new WeakRef<object>(layer));
    })();
    const kept = () => gone.filter((layer) => layer.deref() !== undefined).length;
    for (let turn = 0; turn < 5 && kept() > 0; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    expect(kept()).toBe(0);
    expect(await run(other, inputs)).toEqual(expected);
    other.dispose();
  });
});

describe('a load that was given up', () => {
  it('stops before it begins', async () => {
    const reason = new Error('left');
    expect(await rejection(Promise.resolve(tiny().load(loadContext(AbortSignal.abort(reason)))))).toBe(
      reason,
    );
    expect(allocated()).toEqual(before);
  });

  it('disposes of the model that arrives after it, and rejects with the signal’s reason', async () => {
    const reason = new Error('left');
    const left = new AbortController();
    const context = loadContext(left.signal);
    const definition = tfjsModel({
      handler: {
        load: async () => {
          const weightData = new Float32Array(3).buffer;
          const config = {
            name: 'd',
            units: 1,
            use_bias: false,
            activation: 'linear',
            batch_input_shape: [null, 3],
          };
          const modelTopology = {
            class_name: 'Sequential',
            config: { layers: [{ class_name: 'Dense', config }] },
          };
          const artifacts = {
            modelTopology,
            weightSpecs: [{ name: 'd/kernel', shape: [3, 1], dtype: 'float32' }],
            weightData,
          };
          // Read last, by the runtime itself: the model is as good as there.
          return Object.defineProperty(artifacts, 'userDefinedMetadata', {
            enumerable: true,
            get: () => {
              queueMicrotask(() => left.abort(reason));
              return undefined;
            },
          });
        },
      },
      runtime: 'cpu',
    });
    expect(await rejection(Promise.resolve(definition.load(context)))).toBe(reason);
    expect(allocated()).toEqual(before);
    expect(context.progress).toEqual([]);
  });

  it('reports how far it has come', async () => {
    const context = loadContext();
    const model = await tiny().load(context);
    expect(context.progress).toEqual([0.5, 1]);
    model.dispose();
  });
});
