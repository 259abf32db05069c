import { describe, expect, it } from 'vitest';
import { tfjsModel } from '../src/index.js';
import { float32, load, rejection, run, withModel } from './support/driver.js';
import { allocated } from './support/engine.js';
import { fixture } from './support/files.js';
import { constant, FLOAT, graphFiles, placeholder } from './support/graph.js';

const tiny = (kind: string) => tfjsModel({ path: fixture(`tiny-${kind}/model.json`), runtime: 'wasm' });

describe('on WASM', () => {
  it('both kinds of model run, and leave no tensor', async () => {
    await withModel(tiny('layers'), async () => {});
    const before = allocated();
    const [layers, graph] = [await load(tiny('layers')), await load(tiny('graph'))];
    const loaded = allocated();
    const { scores } = await run(layers, { hidden_input: float32([1, 3], [1, 2, 3]) });
    expect((scores?.data[0] as number) + (scores?.data[1] as number)).toBeCloseTo(1, 6);
    expect((await run(graph, { x: float32([1, 3], [0, 0, 0]) })).risk?.data[1]).toBeCloseTo(
      1 / (1 + Math.exp(-0.2)),
      6,
    );
    expect(allocated()).toEqual(loaded);
    expect(loaded.bytes - before.bytes).toBe(104 + 32);
    layers.dispose();
    graph.dispose();
    expect(allocated()).toEqual(before);
  });

  it('the process’s listeners for uncaught errors are only its own', async () => {
    await withModel(tiny('graph'), async () => {});
    const emscriptens = ['uncaughtException', 'unhandledRejection']
      .flatMap((event) => process.listeners(event as 'uncaughtException'))
      .filter((listener) => /ExitStatus|throw reason/.test(String(listener)));
    expect(emscriptens).toEqual([]);
  });

  it('an empty input is refused, at which some kernels divide by zero', () =>
    withModel(tiny('graph'), async (model) => {
      expect(await rejection(run(model, { x: float32([0, 3], []) }))).toMatchObject({
        code: 'ERR_INPUT_INVALID',
        message: 'Model "m": input "x": expected at least 1 element, got shape [0, 3].',
      });
    }));

  it('what TensorFlow.js has no kernel for there runs all the same: einsum, and a matrix product with a bias of two dimensions', async () => {
    const flags = { transpose_a: { b: false }, transpose_b: { b: false } };
    const fused = {
      T: FLOAT,
      ...flags,
      num_args: { i: '1' },
      fused_ops: { list: { s: ['Qmlhc0FkZA=='] } },
      epsilon: { f: 0 },
    };
    const path = graphFiles({
      nodes: [
        placeholder('x', [-1, 2]),
        constant('w'),
        constant('b'),
        {
          name: 'einsum',
          op: 'Einsum',
          input: ['x', 'w'],
          attr: { equation: { s: Buffer.from('ab,bc->ac').toString('base64') }, N: { i: '2' }, T: FLOAT },
        },
        { name: 'fused', op: '_FusedMatMul', input: ['x', 'w', 'b'], attr: fused },
      ],
      weights: [
        { name: 'w', shape: [2, 2], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4) },
        { name: 'b', shape: [1, 2], dtype: 'float32', data: Float32Array.of(10, 20) },
      ],
    });
    await withModel(tfjsModel({ path, runtime: 'wasm' }), async (model) => {
      const loaded = allocated();
      expect(await run(model, { x: float32([1, 2], [1, 1]) })).toEqual({
        einsum: float32([1, 2], [4, 6]),
        fused: float32([1, 2], [14, 26]),
      });
      expect(allocated()).toEqual(loaded);
    });
  });

  it('a model that asks for another runtime is refused, and the one that is there goes on', () =>
    withModel(tiny('graph'), async (model) => {
      const other = tfjsModel({ path: fixture('tiny-graph/model.json'), runtime: 'cpu' });
      expect(await rejection(load(other))).toMatchObject({
        code: 'ERR_LOAD_FAILED',
        message: expect.stringMatching(
          /asks for runtime 'cpu', but this process runs TensorFlow.js on @tensorflow\/tfjs \S+ \(wasm\)/,
        ),
      });
      expect((await run(model, { x: float32([1, 3], [1, 2, 3]) })).risk?.shape).toEqual([1, 2]);
    }));
});
