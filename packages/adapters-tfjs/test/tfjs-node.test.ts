import { cpSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { ModelRegistry, type TensorMap } from '@warmset/registry';
import { describeAdapter } from '@warmset/registry/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { type SavedModelOptions, savedModel } from '../src/index.js';
import { float32, load, rejection, run, withModel } from './support/driver.js';
import { allocated } from './support/engine.js';
import { fixture, hasShared, SHARED_MODELS, temporaryFolder } from './support/files.js';
import { describeRealModels } from './support/real-models.js';
import { tfjsNode } from './support/tfjs-node.js';

const saved = (path: string, options: Partial<SavedModelOptions> = {}) =>
  savedModel({
    path: fixture(`saved-models/${path}`),
    ...(tfjsNode !== undefined && { runtime: tfjsNode }),
    ...options,
  });
const shared = (path: string, options: Partial<SavedModelOptions> = {}) =>
  saved('', { path: join(SHARED_MODELS, 'savedmodel', path), ...options });

describe.skipIf(tfjsNode === undefined)('a SavedModel on tfjs-node', () => {
  let before = allocated();
  beforeEach(() => {
    before = allocated();
  });

  const all: TensorMap = {
    x: float32([1, 3], [1, 2, 3]),
    k: { dtype: 'int64', shape: [3], data: BigInt64Array.of(0n, 41n, 4_294_967_294n) },
    i: { dtype: 'int32', shape: [2], data: Int32Array.of(-3, 4) },
    u: { dtype: 'uint8', shape: [2], data: Uint8Array.of(0, 255) },
    b: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
    s: { dtype: 'string', shape: [2], data: ['a', 'é'] },
  };

  it('carries every dtype that it can, and leaves no tensor', async () => {
    await withModel(saved('every-dtype'), async (model) => {
      expect(model.runtime).toMatch(/^@tensorflow\/tfjs-node 4\.\d+\.\d+ \(tensorflow\)$/);
      const loaded = allocated();
      expect(await run(model, all)).toEqual({
        doubled: float32([1, 3], [2, 4, 6]),
        next: { dtype: 'int64', shape: [3], data: BigInt64Array.of(1n, 42n, 4_294_967_295n) },
        squared: { dtype: 'int32', shape: [2], data: Int32Array.of(9, 16) },
        as_int: { dtype: 'int32', shape: [2], data: Int32Array.of(0, 255) },
        not: { dtype: 'bool', shape: [2], data: Uint8Array.of(0, 1) },
        joined: { dtype: 'string', shape: [2], data: ['aa', 'éé'] },
      });
      expect(allocated()).toEqual(loaded);
    });
    expect(allocated()).toEqual(before);
  });

  it.each([-1n, 4_294_967_296n])('refuses the int64 %s, which tfjs-node would change', (value) =>
    withModel(saved('every-dtype'), async (model) => {
      const k = { dtype: 'int64', shape: [1], data: BigInt64Array.of(value) };
      expect(await rejection(run(model, { ...all, k }))).toMatchObject({
        code: 'ERR_INPUT_INVALID',
        message: `Model "m": input "k": expected int64 values from 0 to 4294967295, which is what tfjs-node can pass on, got ${value}.`,
      });
      expect(await run(model, all)).toHaveProperty('next');
    }),
  );

  it.each<[string, unknown]>([
    [
      'the wrong rank, which a convolution of oneDNN would end the process for',
      { x: float32([8, 8], new Float32Array(64)) },
    ],
    ['another size', { x: float32([1, 8, 9, 1], new Float32Array(72)) }],
    ['another name', { y: float32([1, 8, 8, 1], new Float32Array(64)) }],
    ['another dtype', { x: { dtype: 'int32', shape: [1, 8, 8, 1], data: new Int32Array(64) } }],
  ])('refuses %s before the runtime sees it', (_what, inputs) =>
    withModel(saved('convolution', { tags: ['cpu', 'serve'] }), async (model) => {
      expect(await rejection(run(model, inputs))).toMatchObject({ code: 'ERR_INPUT_INVALID' });
      const { y } = await run(model, { x: float32([1, 8, 8, 1], new Float32Array(64).fill(1)) });
      expect([y?.shape, y?.data[0], y?.data[2 * 9]]).toEqual([[1, 8, 8, 2], 4, 9]);
    }),
  );

  it('gives an ordinary error for a wrong rank that its signature leaves open', () =>
    withModel(saved('unknown-rank'), async (model) => {
      for (const shape of [[], [1], [1, 1, 1]])
        expect(await run(model, { x: float32(shape, [2]) })).toEqual({ y: float32(shape, [4]) });
      expect(await rejection(run(model, { x: float32([2], [1]) }))).toMatchObject({
        code: 'ERR_INPUT_INVALID',
      });
    }));

  it('leaves no tensor where a run fails', async () => {
    await withModel(saved('two-inputs'), async (model) => {
      const loaded = allocated();
      const failed = await rejection(
        run(model, { a: float32([2, 2], [1, 2, 3, 4]), b: float32([3, 2], [1, 2, 3, 4, 5, 6]) }),
      );
      expect((failed as Error).message).toContain('Incompatible shapes');
      expect(allocated()).toEqual(loaded);
      expect(await run(model, { a: float32([0, 2], []), b: float32([0, 2], []) })).toEqual({
        sum: float32([0, 2], []),
      });
    });
    expect(allocated()).toEqual(before);
  });

  it('says what TensorFlow says of variables that are cut short', async () => {
    const folder = join(temporaryFolder(), 'cut');
    cpSync(fixture('saved-models/convolution'), folder, { recursive: true });
    truncateSync(join(folder, 'variables/variables.data-00000-of-00001'), 10);
    const error = (await rejection(load(saved('', { path: folder, tags: ['serve', 'cpu'] })))) as Error;
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED' });
    expect(error.message).toContain(
      `Model "m": cannot load ${folder}: Failed to load SavedModel: Read less bytes than requested`,
    );
  });

  it('gives its session back when the last of those that share it is disposed of', async () => {
    const sessions = () =>
      (tfjsNode as unknown as { node: { getNumOfSavedModels(): number } }).node.getNumOfSavedModels();
    const [one, two] = [await load(saved('two-inputs')), await load(saved('two-inputs'))];
    expect(sessions()).toBe(1);
    one.dispose();
    one.dispose();
    expect(Object.keys(await run(two, { a: float32([1, 2], [1, 2]), b: float32([1, 2], [1, 2]) }))).toEqual([
      'sum',
    ]);
    two.dispose();
    expect(sessions()).toBe(0);
  });

  describe.skipIf(!hasShared)('of shared/models/savedmodel', () => {
    it.each([
      ['saved_model_half_plus_two_cpu/00000123', [-1, 1]],
      ['saved_model_half_plus_two_2_versions/00000123', [-1, 1]],
      ['saved_model_half_plus_two_2_versions/00000124', [-1, 1]],
      ['saved_model_half_plus_two_tf2_cpu/00000123', [1]],
    ])('%s', async (path, shape) => {
      const registry = new ModelRegistry({ models: { half: shared(path) } });
      const status = await registry.load('half');
      expect(status.signature?.inputs).toEqual([{ name: 'x', dtype: 'float32', shape }]);
      expect(status.memory).toMatchObject({ source: 'estimate' });
      for (const [x, y] of [
        [1, 2.5],
        [2, 3],
        [5, 4.5],
      ] as const) {
        const one = shape.map(Math.abs);
        expect(await registry.run('half', { x: float32(one, [x]) })).toEqual({ y: float32(one, [y]) });
      }
      if (shape.length === 2) {
        const { y } = await registry.run('half', { x: float32([3, 1], [1, 2, 5]) });
        expect(y).toEqual(float32([3, 1], [2.5, 3, 4.5]));
      }
      await registry.close();
    });

    it('times_three_float, model_multi_output and module_with_multiple_signatures', async () => {
      const models = {
        three: shared('times_three_float'),
        multi: shared('model_multi_output'),
        timestwo: shared('module_with_multiple_signatures', { signature: 'timestwo' }),
        default: shared('module_with_multiple_signatures'),
      };
      const registry = new ModelRegistry({ models });
      const five = { x: float32([], [5]) };
      expect(await registry.run('three', five)).toEqual({ output_0: float32([], [15]) });
      expect(await registry.run('timestwo', five)).toEqual({ output_0: float32([], [10]) });
      expect(await registry.run('default', five)).toEqual({ output_0: float32([], [15]) });
      const whole = (value: number): TensorMap => ({
        _: { dtype: 'int32', shape: [], data: Int32Array.of(value) },
      });
      // It gives 2 x, and y.
      const multi = await registry.run('multi', { x: whole(2)._, y: whole(7)._ } as TensorMap);
      expect(multi).toEqual({ output_0: whole(4)._, output_1: whole(7)._ });
      await registry.close();
    });
  });
});

if (tfjsNode !== undefined) {
  describeAdapter('savedModel', () => saved('every-dtype'));
  // TensorFlow's own kernels round otherwise: of magika's 37 scores one is 0.0060 off.
  describeRealModels(tfjsNode, /^@tensorflow\/tfjs-node 4\.\d+\.\d+ \(tensorflow\)$/, {
    magikaTolerance: 0.01,
  });
}
