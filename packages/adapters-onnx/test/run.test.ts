import type { Tensor, TensorMap } from '@warmset/registry';
import { WarmsetError } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { onnxModel } from '../src/index.js';
import { fixture, rejection, runOnce, withModel } from './support/models.js';

const model = (file: string) => onnxModel({ path: fixture(file) });
const float32 = (shape: number[], ...data: number[]): Tensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(data),
});

/** Two rows of two of every dtype, at the ends of its range. */
const EVERY_DTYPE: TensorMap = {
  bool: { dtype: 'bool', shape: [2, 2], data: Uint8Array.of(0, 1, 1, 0) },
  // 1, −2, the largest, NaN.
  float16: { dtype: 'float16', shape: [2, 2], data: Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x7e00) },
  float32: float32([2, 2], Math.PI, Number.NaN, Number.NEGATIVE_INFINITY, -0),
  float64: { dtype: 'float64', shape: [2, 2], data: Float64Array.of(Math.PI, Number.NaN, 5e-324, -0) },
  int8: { dtype: 'int8', shape: [2, 2], data: Int8Array.of(-128, 127, 0, 1) },
  int16: { dtype: 'int16', shape: [2, 2], data: Int16Array.of(-32768, 32767, 0, 1) },
  int32: { dtype: 'int32', shape: [2, 2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0, 1) },
  int64: { dtype: 'int64', shape: [2, 2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 0n, 1n) },
  string: { dtype: 'string', shape: [2, 2], data: ['', 'naïve', '模型 🔥', 'a\nb'] },
  uint8: { dtype: 'uint8', shape: [2, 2], data: Uint8Array.of(0, 255, 1, 2) },
  uint16: { dtype: 'uint16', shape: [2, 2], data: Uint16Array.of(0, 65535, 1, 2) },
  uint32: { dtype: 'uint32', shape: [2, 2], data: Uint32Array.of(0, 2 ** 32 - 1, 1, 2) },
  uint64: { dtype: 'uint64', shape: [2, 2], data: BigUint64Array.of(0n, 2n ** 64n - 1n, 1n, 2n) },
};

const outputsOf = (inputs: TensorMap) =>
  Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [`${name}_out`, tensor]));

function overwrite({ data }: Tensor): void {
  if (ArrayBuffer.isView(data)) new Uint8Array(data.buffer, data.byteOffset, data.byteLength).fill(1);
  else data.fill('overwritten');
}

describe('run', () => {
  it('carries every dtype in and out', async () => {
    expect(Object.keys(EVERY_DTYPE).length).toBe(13);
    expect(await runOnce(model('identity.onnx'), EVERY_DTYPE)).toEqual(outputsOf(EVERY_DTYPE));
  });

  it('carries batches of nothing', async () => {
    const none = Object.fromEntries(
      Object.entries(EVERY_DTYPE).map(([name, { dtype, data }]) => [
        name,
        { dtype, shape: [0, 2], data: data.slice(0, 0) } as Tensor,
      ]),
    );
    expect(await runOnce(model('identity.onnx'), none)).toEqual(outputsOf(none));
    expect(await runOnce(model('zero-size.onnx'), { x: float32([0, 3]) })).toEqual({ y: float32([0, 3]) });
  });

  it.each(['linear.onnx', 'external.onnx', 'external-attribute.onnx'])(
    'multiplies with the weights of %s',
    async (file) => {
      const outputs = await runOnce(model(file), { x: float32([2, 4], 1, 0, 0, 0, 1, 1, 1, 1) });
      expect(outputs).toEqual({ y: float32([2, 3], 0, 1, 2, 18, 22, 26) });
    },
  );

  it('takes a scalar, and no input at all', async () => {
    expect(await runOnce(model('scalar.onnx'), { x: float32([], -2) })).toEqual({ y: float32([], 2) });
    expect(await runOnce(model('no-input.onnx'), {})).toEqual({ y: float32([], 3) });
  });

  it('takes any rank where the model declares none', async () => {
    await withModel(model('unranked.onnx'), async (registry) => {
      for (const shape of [[], [2], [1, 2], [2, 1, 1, 1]]) {
        const values = [1, 2].slice(0, shape.length === 0 ? 1 : 2);
        expect(await registry.run('m', { x: float32(shape, ...values.map((value) => -value)) })).toEqual({
          y: float32(shape, ...values),
        });
      }
      for (const tensor of [float32([3], 1), float32([-1], 1), { shape: 'any' }, null, undefined]) {
        await expect(registry.run('m', { x: tensor as Tensor })).rejects.toMatchObject({
          code: 'ERR_INPUT_INVALID',
        });
      }
      await expect(registry.run('m', null as never)).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
    });
  });

  it('takes a view into a larger buffer, and shared memory', async () => {
    const larger = Float32Array.of(9, 9, 1, 1, 1, 1, 9);
    const shared = new Float32Array(new SharedArrayBuffer(16));
    shared.fill(1);
    await withModel(model('linear.onnx'), async (registry) => {
      for (const data of [larger.subarray(2, 6), shared]) {
        const outputs = await registry.run('m', { x: { dtype: 'float32', shape: [1, 4], data } });
        expect(outputs).toEqual({ y: float32([1, 3], 18, 22, 26) });
      }
    });
  });

  it('hands out tensors that are the caller’s own', async () => {
    await withModel(model('identity.onnx'), async (registry) => {
      const inputs = structuredClone(EVERY_DTYPE) as TensorMap;
      const first = await registry.run('m', inputs);
      for (const tensor of Object.values(inputs)) overwrite(tensor);
      expect(first).toEqual(outputsOf(EVERY_DTYPE));
      const second = await registry.run('m', EVERY_DTYPE);
      for (const tensor of Object.values(second)) overwrite(tensor);
      await registry.evict('m');
      expect(first).toEqual(outputsOf(EVERY_DTYPE));
      expect(structuredClone(first)).toEqual(first);
    });
  });

  it('serves the tensor outputs of a classifier', async () => {
    const outputs = await runOnce(model('classifier.onnx'), { x: float32([2, 2], 0.2, 0.8, 0.9, 0.1) });
    expect(outputs).toEqual({ label: { dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, 0n) } });
  });

  it('never fetches an output of a type that crashes Node', async () => {
    expect(await runOnce(model('uint4-output.onnx'), { x: float32([2], -1, 2) })).toEqual({
      y: float32([2], 1, 2),
    });
  });

  const x = float32([1, 4], 1, 2, 3, 4);
  it.each<[what: string, inputs: unknown, message: RegExp]>([
    ['no input', {}, /input "x" is missing; expected x, got nothing/],
    ['another name', { X: x }, /input "x" is missing; expected x, got "X"/],
    ['one too many', { x, z: x }, /there is no input "z"; expected x/],
    ['null', null, /expected an object of tensors by name \(x\), got null/],
    ['a list', [x], /got an array of 1/],
    [
      'a bare array',
      { x: Float32Array.of(1, 2, 3, 4) },
      /input "x": expected a tensor .*shape: \[N, 4\].*got a Float32Array/,
    ],
    ['another dtype', { x: { ...x, dtype: 'float64' } }, /input "x": expected dtype float32, got "float64"/],
    ['another rank', { x: { ...x, shape: [4] } }, /input "x": expected shape \[N, 4\], got \[4\]/],
    ['another size', { x: { ...x, shape: [4, 1] } }, /input "x": expected shape \[N, 4\], got \[4, 1\]/],
    [
      'a free size',
      { x: { ...x, shape: [-1, 4] } },
      /input "x": expected a shape \[N, 4\] of whole numbers ≥ 0, got \[-1, 4\]/,
    ],
    ['NaN', { x: { ...x, shape: [Number.NaN, 4] } }, /got \[NaN, 4\]/],
    [
      'a hole in the shape',
      { x: { ...x, shape: Object.assign(new Array(2), { 1: 4 }) } },
      /got \[undefined, 4\]/,
    ],
    ['a shape past all memory', { x: { ...x, shape: [2 ** 52, 4] } }, /elements for shape/],
    [
      'too little',
      { x: { ...x, data: Float32Array.of(1) } },
      /input "x": expected 4 elements for shape \[1, 4\], got 1/,
    ],
    [
      'another array',
      { x: { ...x, data: [1, 2, 3, 4] } },
      /input "x": expected data as Float32Array, got an array of 4/,
    ],
  ])('refuses %s as an input, and stays usable', async (_what, inputs, message) => {
    await withModel(model('linear.onnx'), async (registry) => {
      const error = await rejection(registry.run('m', inputs as TensorMap));
      expect(error).toBeInstanceOf(WarmsetError);
      expect(error).toMatchObject({ code: 'ERR_INPUT_INVALID', modelName: 'm' });
      expect(String(error)).toMatch(message);
      expect(await registry.run('m', { x })).toEqual({ y: float32([1, 3], 60, 70, 80) });
      expect(registry.status('m')).toMatchObject({ state: 'ready', loads: 1, leases: 0 });
    });
  });

  it.each<[what: string, name: string, tensor: Tensor, message: RegExp]>([
    [
      'a byte that is no bool',
      'bool',
      { dtype: 'bool', shape: [1, 2], data: Uint8Array.of(1, 2) },
      /only 0 and 1 in data, got 2/,
    ],
    [
      'a number among text',
      'string',
      { dtype: 'string', shape: [1, 2], data: ['a', 1 as never] },
      /only strings in data, got 1/,
    ],
    [
      'text with a hole',
      'string',
      { dtype: 'string', shape: [1, 2], data: Object.assign(new Array(2), { 0: 'a' }) },
      /only strings in data, got undefined/,
    ],
    [
      'numbers for int64',
      'int64',
      { dtype: 'int64', shape: [1, 2], data: Int32Array.of(1, 2) as never },
      /data as BigInt64Array, got a Int32Array/,
    ],
  ])('refuses %s', async (_what, name, tensor, message) => {
    const error = await rejection(runOnce(model('identity.onnx'), { ...EVERY_DTYPE, [name]: tensor }));
    expect(error).toMatchObject({ code: 'ERR_INPUT_INVALID' });
    expect(String(error)).toMatch(message);
  });

  it('passes on what the runtime fails with, and stays usable', async () => {
    const quiet = { logSeverityLevel: 4 } as const;
    const definition = onnxModel({ path: fixture('add.onnx'), sessionOptions: quiet });
    await withModel(definition, async (registry) => {
      const error = await rejection(registry.run('m', { a: float32([2], 1, 2), b: float32([3], 1, 2, 3) }));
      expect(error).toMatchObject({ code: 'ERR_RUN_FAILED', cause: expect.any(Error) });
      expect(String((error as Error).cause)).toMatch(/broadcast/i);
      const outputs = await registry.run('m', { a: float32([2], 1, 2), b: float32([2], 3, 4) });
      expect(outputs).toEqual({ y: float32([2], 4, 6) });
    });
  });

  it('does not start for a caller that has left', async () => {
    const definition = model('linear.onnx');
    await withModel(definition, (registry) =>
      registry.use('m', async (loaded) => {
        const signal = AbortSignal.abort(new Error('left'));
        await expect(definition.run?.(loaded, { x }, { name: 'm', signal })).rejects.toThrow('left');
      }),
    );
  });
});
