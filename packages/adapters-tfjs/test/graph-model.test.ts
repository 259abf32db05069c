import type { TensorMap } from '@warmset/registry';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { tfjsModel } from '../src/index.js';
import { float32, load, rejection, run, withModel } from './support/driver.js';
import { allocated, tf } from './support/engine.js';
import { fixture } from './support/files.js';
import { constant, FLOAT, graphFiles, INT, placeholder, tensorShape } from './support/graph.js';

const graph = (files: Parameters<typeof graphFiles>[0]) =>
  tfjsModel({ path: graphFiles(files), runtime: 'cpu' });
const identity = (name: string, of: string, type = 'DT_FLOAT') => ({
  name,
  op: 'Identity',
  input: [of],
  attr: { T: { type } },
});

let before = allocated();
beforeEach(async () => {
  // The backend is there, so that only the test's own tensors count.
  await withModel(tfjsModel({ path: fixture('tiny-graph/model.json'), runtime: 'cpu' }), async () => {});
  before = allocated();
});
afterAll(() => expect(allocated()).toMatchObject({ tensors: 0, buffers: 0, variables: 0 }));

describe('a GraphModel', () => {
  it('computes what its weights say, and leaves no tensor', () =>
    withModel(tfjsModel({ path: fixture('tiny-graph/model.json'), runtime: 'cpu' }), async (model) => {
      const loaded = allocated();
      const { risk } = await run(model, { x: float32([2, 3], [1, 2, 3, -1, 0.5, 4]) });
      // w and b are the rule of fixtures/make-fixtures.mjs: w[i] = ((i * 7) % 11 - 5) / 10.
      const w = [-0.5, 0.2, -0.2, 0.5, 0.1, -0.3];
      const b = [-0.5, 0.2];
      const rows = [
        [1, 2, 3],
        [-1, 0.5, 4],
      ];
      const expected = rows.flatMap((row) =>
        b.map(
          (bias, unit) =>
            1 / (1 + Math.exp(-row.reduce((sum, x, index) => sum + x * (w[index * 2 + unit] ?? 0), bias))),
        ),
      );
      expect(risk?.shape).toEqual([2, 2]);
      for (const [index, value] of expected.entries()) expect(risk?.data[index]).toBeCloseTo(value, 6);
      expect(allocated()).toEqual(loaded);
      expect(loaded.bytes - before.bytes).toBe(model.weightBytes);
    }));

  it('is described by its signature, without the “:0” of names', async () => {
    const definition = graph({
      nodes: [
        placeholder('x', [-1, 2]),
        placeholder('n', [], 'DT_INT64'),
        identity('y', 'x'),
        identity('z', 'n', 'DT_INT64'),
      ],
      signature: {
        inputs: {
          'x:0': { name: 'x:0', dtype: 'DT_FLOAT', tensorShape: tensorShape([-1, 2]) },
          n: { name: 'n:0', dtype: 'DT_INT64', tensorShape: {} },
        },
        outputs: {
          'y:0': { name: 'y:0', dtype: 'DT_FLOAT', tensorShape: tensorShape([-1, 2]) },
          z: { name: 'z:0', dtype: 'DT_INT64', tensorShape: {} },
        },
      },
    });
    await withModel(definition, async (model) => {
      expect(definition.describe?.(model)).toEqual({
        inputs: [
          { name: 'x', dtype: 'float32', shape: [-1, 2] },
          { name: 'n', dtype: 'int32', shape: [] },
        ],
        outputs: [
          { name: 'y', dtype: 'float32', shape: [-1, 2] },
          { name: 'z', dtype: 'int32', shape: [] },
        ],
      });
      const n: TensorMap[string] = { dtype: 'int32', shape: [], data: Int32Array.of(-7) };
      expect(await run(model, { x: float32([1, 2], [3, 4]), n })).toEqual({
        y: float32([1, 2], [3, 4]),
        z: n,
      });
    });
  });

  it('is described by its nodes where it has no signature', async () => {
    const nodes = [
      placeholder('x', [2, -1]),
      { name: 'most', op: 'ArgMax', input: ['x', 'axis'], attr: { output_type: { type: 'DT_INT64' } } },
      constant('axis', 'DT_INT32'),
      { name: 'big', op: 'Greater', input: ['x', 'x'], attr: { T: FLOAT } },
      { name: 'as_int', op: 'Cast', input: ['x'], attr: { SrcT: FLOAT, DstT: INT } },
    ];
    await withModel(
      graph({ nodes, weights: [{ name: 'axis', shape: [], dtype: 'int32', data: Int32Array.of(1) }] }),
      async (model) => {
        expect(model.signature.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: [2, -1] }]);
        const types = Object.fromEntries(model.signature.outputs.map(({ name, dtype }) => [name, dtype]));
        expect(types).toEqual({ most: 'int32', big: 'bool', as_int: 'int32' });
        const outputs = await run(model, { x: float32([2, 2], [1, 2.5, 4, 3]) });
        expect(outputs.most?.data).toEqual(Int32Array.of(1, 0));
        expect(outputs.big).toEqual({ dtype: 'bool', shape: [2, 2], data: Uint8Array.of(0, 0, 0, 0) });
        expect(outputs.as_int?.data).toEqual(Int32Array.of(1, 2, 4, 3));
      },
    );
  });

  it('gives outputs the names that Keras knew them by', async () => {
    const outputs = {
      'Identity:0': { name: 'y:0', dtype: 'DT_FLOAT' },
      'Identity_1:0': { name: 'z:0', dtype: 'DT_FLOAT' },
    };
    const definition = graph({
      nodes: [
        placeholder('x', [2]),
        identity('y', 'x'),
        { name: 'z', op: 'Neg', input: ['x'], attr: { T: FLOAT } },
      ],
      signature: { inputs: { x: { name: 'x:0', dtype: 'DT_FLOAT' } }, outputs },
      more: { userDefinedMetadata: { structuredOutputKeys: ['same', 'negative'] } },
    });
    await withModel(definition, async (model) => {
      expect(await run(model, { x: float32([2], [1, 2]) })).toEqual({
        same: float32([2], [1, 2]),
        negative: float32([2], [-1, -2]),
      });
    });
  });

  it('gives both outputs of one operation', async () => {
    const outputs = {
      first: { name: 'parts:0', dtype: 'DT_FLOAT', tensorShape: tensorShape([2]) },
      second: { name: 'parts:1', dtype: 'DT_FLOAT', tensorShape: tensorShape([2]) },
    };
    const definition = graph({
      nodes: [
        placeholder('x', [2, 2]),
        { name: 'parts', op: 'Unpack', input: ['x'], attr: { T: FLOAT, num: { i: '2' }, axis: { i: '0' } } },
      ],
      signature: { inputs: { x: { name: 'x:0', dtype: 'DT_FLOAT' } }, outputs },
    });
    await withModel(definition, async (model) => {
      expect(model.signature.outputs.map(({ name, shape }) => [name, shape])).toEqual([
        ['first', [2]],
        ['second', [2]],
      ]);
      expect(await run(model, { x: float32([2, 2], [1, 2, 3, 4]) })).toEqual({
        first: float32([2], [1, 2]),
        second: float32([2], [3, 4]),
      });
    });
  });

  it('takes booleans and texts', async () => {
    const nodes = [
      placeholder('b', [2], 'DT_BOOL'),
      placeholder('s', [-1], 'DT_STRING'),
      { name: 'not', op: 'LogicalNot', input: ['b'] },
      identity('same', 's', 'DT_STRING'),
    ];
    await withModel(graph({ nodes }), async (model) => {
      const b: TensorMap[string] = { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) };
      const s: TensorMap[string] = { dtype: 'string', shape: [2], data: ['é', ''] };
      expect(await run(model, { b, s })).toEqual({ not: { ...b, data: Uint8Array.of(0, 1) }, same: s });
    });
    // TensorFlow.js counts the bytes of a text tensor that an operation passes on twice when it goes.
    const { bytes: _bytes, ...others } = before;
    expect(allocated()).toMatchObject(others);
  });

  it('gives outputs memory of their own, also where an output is an input or a weight', async () => {
    const nodes = [placeholder('x', [1]), constant('w'), identity('y', 'x'), identity('z', 'w')];
    await withModel(
      graph({ nodes, weights: [{ name: 'w', shape: [1], dtype: 'float32', data: Float32Array.of(5) }] }),
      async (model) => {
        const x = float32([1], [1]);
        const first = await run(model, { x });
        (first.y?.data as Float32Array)[0] = 9;
        (first.z?.data as Float32Array)[0] = 9;
        expect(x).toEqual(float32([1], [1]));
        expect(await run(model, { x })).toEqual({ y: float32([1], [1]), z: float32([1], [5]) });
      },
    );
  });

  it('takes an input of any rank where the graph leaves it open, and checks all else of it', async () => {
    const nodes = [placeholder('x', undefined), { name: 'y', op: 'Neg', input: ['x'], attr: { T: FLOAT } }];
    await withModel(graph({ nodes }), async (model) => {
      expect(model.signature.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: [] }]);
      expect(model.unrankedInputs).toEqual(['x']);
      for (const shape of [[], [1], [1, 1, 1]])
        expect(await run(model, { x: float32(shape, [2]) })).toEqual({ y: float32(shape, [-2]) });
      for (const x of [
        float32([2], [1]),
        { dtype: 'int32', shape: [1], data: Int32Array.of(1) },
        float32([-1], [1]),
        null,
        undefined,
      ]) {
        expect(await rejection(run(model, { x }))).toMatchObject({ code: 'ERR_INPUT_INVALID' });
      }
      expect(await rejection(run(model, null))).toMatchObject({ code: 'ERR_INPUT_INVALID' });
    });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a missing input', {}],
    ['an unknown input', { x: float32([1, 3], [1, 2, 3]), y: 1 }],
    ['another dtype', { x: { dtype: 'int32', shape: [1, 3], data: new Int32Array(3) } }],
    ['another rank', { x: float32([3], [1, 2, 3]) }],
    ['another size', { x: float32([1, 4], [1, 2, 3, 4]) }],
    ['too few elements', { x: float32([2, 3], [1, 2, 3]) }],
    ['a NaN length', { x: float32([Number.NaN, 3], [1, 2, 3]) }],
  ])('refuses %s before the runtime sees it, and stays usable', (_what, inputs) =>
    withModel(tfjsModel({ path: fixture('tiny-graph/model.json'), runtime: 'cpu' }), async (model) => {
      const loaded = allocated();
      expect(await rejection(run(model, inputs))).toMatchObject({
        code: 'ERR_INPUT_INVALID',
        modelName: 'm',
      });
      expect(allocated()).toEqual(loaded);
      expect((await run(model, { x: float32([1, 3], [1, 2, 3]) })).risk?.shape).toEqual([1, 2]);
    }),
  );

  it('leaves no tensor where a run fails half-way', async () => {
    const nodes = [
      placeholder('a', [-1]),
      placeholder('b', [-1]),
      { name: 'doubled', op: 'AddV2', input: ['a', 'a'], attr: { T: FLOAT } },
      { name: 'sum', op: 'AddV2', input: ['doubled', 'b'], attr: { T: FLOAT } },
    ];
    await withModel(graph({ nodes }), async (model) => {
      const loaded = allocated();
      const inputs = { a: float32([2], [1, 2]), b: float32([3], [1, 2, 3]) };
      expect(await rejection(run(model, inputs))).toMatchObject({
        message: expect.stringContaining('broadcast'),
      });
      expect(allocated()).toEqual(loaded);
    });
    expect(allocated()).toEqual(before);
  });

  it('does not keep the bytes of its weights files', async () => {
    const definition = tfjsModel({ path: fixture('tiny-graph/model.json'), runtime: 'cpu' });
    await withModel(definition, async ({ native }) => {
      expect((native as { artifacts: { weightData: unknown } }).artifacts.weightData).toEqual([]);
    });
  });

  it('is disposed of once', async () => {
    const model = await load(tfjsModel({ path: fixture('tiny-graph/model.json'), runtime: 'cpu' }));
    model.dispose();
    model.dispose();
    expect(allocated()).toEqual(before);
  });
});

describe('a GraphModel with dynamic operations', () => {
  const where = {
    nodes: [
      placeholder('x', [-1]),
      placeholder('y', [-1]),
      constant('zero'),
      { name: 'big', op: 'Greater', input: ['x', 'zero'], attr: { T: FLOAT } },
      { name: 'at', op: 'Where', input: ['big'], attr: { T: FLOAT } },
      { name: 'sum', op: 'AddV2', input: ['x', 'y'], attr: { T: FLOAT } },
    ],
    weights: [{ name: 'zero', shape: [], dtype: 'float32' as const, data: Float32Array.of(0) }],
  };

  it('runs with executeAsync, and leaves no tensor', async () => {
    await withModel(graph(where), async (model) => {
      const loaded = allocated();
      const outputs = await run(model, { x: float32([3], [1, -1, 2]), y: float32([3], [1, 1, 1]) });
      expect(outputs).toEqual({
        at: { dtype: 'int32', shape: [2, 1], data: Int32Array.of(0, 2) },
        sum: float32([3], [2, 0, 3]),
      });
      expect(allocated()).toEqual(loaded);
    });
    expect(allocated()).toEqual(before);
  });

  it('leaves none where a run fails half-way, nor takes what another run or the application made meanwhile', async () => {
    await withModel(graph(where), async (model) => {
      const loaded = allocated();
      const good = { x: float32([3], [1, -1, 2]), y: float32([3], [1, 1, 1]) };
      const bad = { x: float32([3], [1, -1, 2]), y: float32([2], [1, 1]) };
      const mine: { dispose(): void; dataSync(): ArrayLike<number> }[] = [];
      const application = async () => {
        for (let step = 0; step < 40; step += 1) {
          await undefined;
          mine.push(
            tf.tensor([step]),
            tf.tidy(() => tf.add(tf.tensor([step]), 1)),
          );
        }
      };
      const results = await Promise.allSettled([
        run(model, bad),
        run(model, good),
        application(),
        run(model, bad),
        run(model, good),
      ]);
      expect(results.map(({ status }) => status)).toEqual([
        'rejected',
        'fulfilled',
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
      expect(mine.map((tensor) => tensor.dataSync()[0])).toEqual(
        mine.map((_, index) => Math.floor(index / 2) + (index % 2)),
      );
      for (const tensor of mine) tensor.dispose();
      expect(allocated()).toEqual(loaded);
    });
  });

  it('does not start a run whose caller has left', async () => {
    await withModel(graph(where), async (model) => {
      const inputs = { x: float32([1], [1]), y: float32([1], [1]) };
      const left = new AbortController();
      const first = run(model, inputs);
      const second = run(model, inputs, left.signal);
      left.abort(new Error('left'));
      expect((await first).sum?.data).toEqual(Float32Array.of(2));
      expect(await rejection(second)).toMatchObject({ message: 'left' });
    });
  });

  it('loops, and leaves no tensor', async () => {
    const args = [
      { name: 'v', type: 'DT_FLOAT' },
      { name: 'axis', type: 'DT_INT32' },
      { name: 'limit', type: 'DT_FLOAT' },
    ];
    const functions = [
      {
        signature: { name: 'more', inputArg: args, outputArg: [{ name: 'go', type: 'DT_BOOL' }] },
        nodeDef: [
          { name: 'total', op: 'Sum', input: ['v', 'axis'], attr: { T: FLOAT } },
          { name: 'less', op: 'Less', input: ['total', 'limit'], attr: { T: FLOAT } },
        ],
        ret: { go: 'less' },
      },
      {
        signature: {
          name: 'double',
          inputArg: args,
          outputArg: args.map(({ name, type }) => ({ name: `${name}2`, type })),
        },
        nodeDef: [
          { name: 'twice', op: 'AddV2', input: ['v', 'v'], attr: { T: FLOAT } },
          identity('a', 'axis', 'DT_INT32'),
          identity('l', 'limit'),
        ],
        ret: { v2: 'twice', axis2: 'a', limit2: 'l' },
      },
    ];
    const loop = {
      cond: { func: { name: 'more' } },
      body: { func: { name: 'double' } },
      T: { list: { type: ['DT_FLOAT', 'DT_INT32', 'DT_FLOAT'] } },
    };
    const definition = graph({
      nodes: [
        placeholder('x', [-1]),
        constant('axis', 'DT_INT32'),
        constant('limit'),
        { name: 'loop', op: 'StatelessWhile', input: ['x', 'axis', 'limit'], attr: loop },
        identity('y', 'loop:0'),
      ],
      weights: [
        { name: 'axis', shape: [1], dtype: 'int32', data: Int32Array.of(0) },
        { name: 'limit', shape: [], dtype: 'float32', data: Float32Array.of(20) },
      ],
      functions,
    });
    await withModel(definition, async (model) => {
      const loaded = allocated();
      expect(await run(model, { x: float32([2], [1, 2]) })).toEqual({ y: float32([2], [8, 16]) });
      expect(allocated()).toEqual(loaded);
    });
    expect(allocated()).toEqual(before);
  });

  it('falls back to executeAsync for an operation of the application’s own that awaits', async () => {
    tf.registerOp('Slowly', async (node) => [tf.neg(node.inputs[0] as never)] as never);
    const definition = graph({
      nodes: [placeholder('x', [2]), { name: 'y', op: 'Slowly', input: ['x'], attr: { T: FLOAT } }],
    });
    await withModel(definition, async (model) => {
      const loaded = allocated();
      expect(await run(model, { x: float32([2], [1, 2]) })).toEqual({ y: float32([2], [-1, -2]) });
      expect(await run(model, { x: float32([2], [3, 4]) })).toEqual({ y: float32([2], [-3, -4]) });
      expect(allocated().tensors - loaded.tensors).toBeLessThanOrEqual(1);
    });
    tf.deregisterOp('Slowly');
  });

  it('looks words up in a table of its own', async () => {
    const table = {
      name: 'table',
      op: 'HashTableV2',
      attr: {
        key_dtype: { type: 'DT_STRING' },
        value_dtype: INT,
        shared_name: { s: 'dGFibGU=' },
        container: { s: '' },
        use_node_name_sharing: { b: true },
      },
    };
    const types = { Tin: { type: 'DT_STRING' }, Tout: INT };
    const definition = graph({
      nodes: [
        placeholder('word', [-1], 'DT_STRING'),
        placeholder('handle', undefined, 'DT_RESOURCE'),
        constant('none', 'DT_INT32'),
        { name: 'id', op: 'LookupTableFindV2', input: ['handle', 'word', 'none'], attr: types },
      ],
      weights: [
        { name: 'none', shape: [], dtype: 'int32', data: Int32Array.of(-1) },
        { name: 'keys', shape: [2], dtype: 'string', data: Buffer.from('\x03\0\0\0cat\x03\0\0\0dog') },
        { name: 'values', shape: [2], dtype: 'int32', data: Int32Array.of(7, 8) },
      ],
      signature: {
        inputs: {
          word: { name: 'word:0', dtype: 'DT_STRING', tensorShape: tensorShape([-1]) },
          handle: { name: 'handle:0', dtype: 'DT_RESOURCE', resourceId: 3 },
        },
        outputs: { id: { name: 'id:0', dtype: 'DT_INT32', tensorShape: tensorShape([-1]) } },
      },
      more: {
        modelInitializer: {
          node: [
            table,
            constant('keys', 'DT_STRING'),
            constant('values', 'DT_INT32'),
            { name: 'import', op: 'LookupTableImportV2', input: ['table', 'keys', 'values'], attr: types },
          ],
          versions: { producer: 1 },
        },
        initializerSignature: {
          outputs: { import: { name: 'import:0', dtype: 'DT_RESOURCE', resourceId: 3 } },
        },
      },
    });
    await withModel(definition, async (model) => {
      expect(model.signature.inputs.map(({ name }) => name)).toEqual(['word']);
      const look = () => run(model, { word: { dtype: 'string', shape: [3], data: ['dog', 'cow', 'cat'] } });
      const first = await look();
      expect(first.id?.data).toEqual(Int32Array.of(8, -1, 7));
      const filled = allocated();
      expect(await look()).toEqual(first);
      expect(allocated()).toEqual(filled);
    });
    expect(allocated()).toEqual(before);
  });
});
