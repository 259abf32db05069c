import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ModelDefinition,
  ModelRegistry,
  type Tensor,
  type TensorMap,
  type TensorOf,
} from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { type TfjsModelOptions, type TfModel, tfjsModel } from '../../src/index.js';
import { float32 } from './driver.js';
import { allocated } from './engine.js';
import { hasShared, SHARED_MODELS } from './files.js';

type Definition = ModelDefinition<TfModel, TensorMap, TensorMap>;

/**
 * Every model of `shared/models/tfjs`, through a registry, against its reference: the numbers that its source states, or
 * its arithmetic done here by hand.
 */
export function describeRealModels(
  runtime: NonNullable<TfjsModelOptions['runtime']>,
  description: RegExp,
  { magikaCount = 37, magikaTolerance = 0.005 } = {},
): void {
  /** A registry of one model, `m`; all that it allocated must be gone when it is closed, whatever a test does. */
  async function withReal(
    name: string,
    use: (registry: ModelRegistry<{ m: Definition }>) => Promise<void>,
  ): Promise<void> {
    const path = join(SHARED_MODELS, 'tfjs', name, 'model.json');
    const registry = new ModelRegistry({
      models: { m: tfjsModel({ path, runtime }) },
      memory: { budgetBytes: 2 ** 33 },
      // What the runtime holds is looked at in this process.
      isolation: 'inline',
    });
    await registry.load('m');
    await registry.evict('m');
    const before = allocated();
    try {
      const status = await registry.load('m');
      expect(status.runtime).toMatch(description);
      const loaded = allocated();
      // Its weights are what it holds for certain; where it may hold much more, its figure is the estimate.
      const weightBytes = loaded.bytes - before.bytes;
      expect((await registry.use('m', (model) => model)).weightBytes).toBe(weightBytes);
      expect(status.memory.bytes).toBeGreaterThanOrEqual(weightBytes);
      expect(status.memory.bytes).toBe(
        status.memory.source === 'runtime' ? weightBytes : status.memory.estimatedBytes,
      );
      await use(registry);
      expect(allocated()).toEqual(loaded);
    } finally {
      await registry.close();
    }
    expect(allocated()).toEqual(before);
  }

  describe.skipIf(!hasShared)('the models of shared/models/tfjs', () => {
    it('abalone-layers: the rings of three molluscs', () =>
      withReal('abalone-layers', async (registry) => {
        const [, ...rows] = read('abalone-layers', 'test_data.csv').toString().trim().split('\n');
        // The code for sex is that of tfjs-examples/abalone-node, where the model comes from.
        const sexes: Record<string, number> = { M: 0, F: 1, I: 2 };
        const features = rows.map((row) => {
          const [sex = '', ...numbers] = row.split(',').slice(0, 8);
          return [sexes[sex] ?? Number.NaN, ...numbers.map(Number)];
        });
        const { dense_Dense3 } = await registry.run('m', {
          dense_Dense1_input: float32([3, 8], features.flat()),
        });
        expect(dense_Dense3?.shape).toEqual([3, 1]);
        expect(dense_Dense3?.data[0]).toBeCloseTo(10.407848, 3);
        const weights = floats(read('abalone-layers', 'weights.bin'));
        for (const [index, row] of features.entries())
          expect(dense_Dense3?.data[index]).toBeCloseTo(abalone(row, weights), 3);
      }));

    it('e2e-layers: words through a GRU that reads backwards', () =>
      withReal('e2e-layers', async (registry) => {
        const words = [3, 14, 15, 92, 65, 35, 89, 79, 32, 38, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99];
        const { gru_GRU1 } = await registry.run('m', { embedding_Embedding2_input: float32([2, 10], words) });
        expect(gru_GRU1?.shape).toEqual([2, 4]);
        const weights = floats(read('e2e-layers', 'weights.bin'));
        const expected = [
          ...backwardsGru(words.slice(0, 10), weights),
          ...backwardsGru(words.slice(10), weights),
        ];
        for (const [index, value] of expected.entries()) expect(gru_GRU1?.data[index]).toBeCloseTo(value, 4);
      }));

    it('e2e-graph: a matrix product', () =>
      withReal('e2e-graph', async (registry) => {
        const [a = 0, b = 0, c = 0, d = 0] = floats(read('e2e-graph', 'weights.bin'));
        const { MatMul } = await registry.run('m', { Placeholder: float32([2, 2], [1, 2, 3, 4]) });
        expect(MatMul?.shape).toEqual([2, 2]);
        const expected = [a + 2 * c, b + 2 * d, 3 * a + 4 * c, 3 * b + 4 * d];
        for (const [index, value] of expected.entries()) expect(MatMul?.data[index]).toBeCloseTo(value, 4);
      }));

    it(
      'nsfwjs-mobilenet_v2: two white pictures',
      () =>
        withReal('nsfwjs-mobilenet_v2', async (registry) => {
          const pictures = float32([2, 224, 224, 3], new Float32Array(2 * 224 * 224 * 3).fill(1));
          const { dense_3 } = await registry.run('m', { input_1: pictures });
          expect(dense_3?.shape).toEqual([2, 5]);
          // What TensorFlow.js 4.22 itself gives on its CPU backend, called without the adapter.
          const expected = [0.7653097, 0.027564, 0.1916934, 0.0128577, 0.0025752];
          for (const [index, value] of [...expected, ...expected].entries())
            expect(dense_3?.data[index]).toBeCloseTo(value, 4);
          const wrong = { input_1: float32([224, 224, 3], new Float32Array(224 * 224 * 3)) };
          await expect(registry.run('m', wrong)).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
        }),
      30_000,
    );

    const cases = magikaCases().slice(0, magikaCount);
    it(
      `magika-graph: the types of ${cases.length} files, by executeAsync`,
      () =>
        withReal('magika-graph', async (registry) => {
          expect(cases).toHaveLength(magikaCount);
          for (const { path, features, expected_index, expected_score } of cases) {
            const xs_0: Tensor = { dtype: 'int32', shape: [1, 2048], data: Int32Array.from(features) };
            const output = (await registry.run('m', { xs_0 })).output_0 as TensorOf<'float32'>;
            const scores = [...output.data];
            expect(scores.indexOf(Math.max(...scores)), path).toBe(expected_index);
            expect(Math.abs((scores[expected_index] ?? 0) - expected_score), path).toBeLessThan(
              magikaTolerance,
            );
          }
        }),
      120_000,
    );
  });
}

interface MagikaCase {
  readonly path: string;
  readonly features: readonly number[];
  readonly expected_index: number;
  readonly expected_score: number;
}

function magikaCases(): readonly MagikaCase[] {
  const path = join(SHARED_MODELS, 'onnx/magika/cases.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { cases: MagikaCase[] }).cases : [];
}

function read(model: string, file: string): Buffer {
  return readFileSync(join(SHARED_MODELS, 'tfjs', model, file));
}

function floats(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}

/** Takes weights off a file's content, in its order. */
function taker(weights: readonly number[]): (count: number) => readonly number[] {
  let offset = 0;
  return (count) => {
    offset += count;
    return weights.slice(offset - count, offset);
  };
}

function times(row: readonly number[], kernel: readonly number[], columns: number): number[] {
  return Array.from({ length: columns }, (_, column) =>
    row.reduce((sum, x, index) => sum + x * (kernel[index * columns + column] ?? 0), 0),
  );
}

const plus = (a: readonly number[], b: readonly number[]) => a.map((x, index) => x + (b[index] ?? 0));

/** 8 → 50 → 50 → 1, with sigmoids between. */
function abalone(row: readonly number[], weights: readonly number[]): number {
  const take = taker(weights);
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const first = plus(times(row, take(400), 50), take(50)).map(sigmoid);
  const second = plus(times(first, take(2500), 50), take(50)).map(sigmoid);
  return plus(times(second, take(50), 1), take(1))[0] ?? Number.NaN;
}

/** An embedding of 20 numbers a word, and a GRU of 4 units (update, reset, new) from the last word to the first. */
function backwardsGru(words: readonly number[], weights: readonly number[]): number[] {
  const take = taker(weights);
  const [embeddings, kernel, recurrent, bias] = [take(2000), take(240), take(48), take(12)];
  const hardSigmoid = (x: number) => Math.min(1, Math.max(0, 0.2 * x + 0.5));
  const columns = (from: number) =>
    Array.from({ length: 4 }, (_, row) => recurrent.slice(row * 12 + from, row * 12 + from + 4)).flat();
  let state = [0, 0, 0, 0];
  for (const word of [...words].reverse()) {
    const x = plus(times(embeddings.slice(word * 20, word * 20 + 20), kernel, 12), bias);
    const update = plus(x.slice(0, 4), times(state, columns(0), 4)).map(hardSigmoid);
    const reset = plus(x.slice(4, 8), times(state, columns(4), 4)).map(hardSigmoid);
    const kept = state.map((value, unit) => value * (reset[unit] ?? 0));
    const fresh = plus(x.slice(8), times(kept, columns(8), 4)).map(Math.tanh);
    state = state.map(
      (value, unit) => (update[unit] ?? 0) * value + (1 - (update[unit] ?? 0)) * (fresh[unit] ?? 0),
    );
  }
  return state;
}
