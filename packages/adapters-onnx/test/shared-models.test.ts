import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor, TensorMap } from '@warmset/registry';
import { WarmsetError } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { onnxModel } from '../src/index.js';
import { expectClose, ONNX_TOLERANCE } from './support/close.js';
import { canSeeWhatIsLeft, heavy, WEIGHTS_OF_FIFTEEN_ROUNDS, whatIsLeftBy } from './support/leftovers.js';
import { hasShared, rejection, runOnce, SHARED_MODELS, withModel } from './support/models.js';
import { readTensorProto } from './support/tensor-proto.js';

if (!hasShared) {
  console.warn(
    `The tests on real models are skipped: only the project's own workspace has ${SHARED_MODELS}.`,
  );
}

const list = (folder: string) => (hasShared ? readdirSync(join(SHARED_MODELS, folder)).sort() : []);
const json = (file: string) => JSON.parse(readFileSync(join(SHARED_MODELS, file), 'utf8'));
// Some of the standard's tests are in old dialects, of which the runtime warns.
const sessionOptions = { logSeverityLevel: 3 } as const;
const model = (file: string) => onnxModel({ path: join(SHARED_MODELS, file), sessionOptions });

/** `input_0.pb`, `input_1.pb`, … in order. */
function tensors(folder: string, prefix: string) {
  const number = (file: string) => Number(/\d+/.exec(file)?.[0]);
  return list(folder)
    .filter((file) => file.startsWith(prefix))
    .sort((a, b) => number(a) - number(b))
    .map((file) => readTensorProto(readFileSync(join(SHARED_MODELS, folder, file))));
}

/** A tensor under its own name; where its file gives none, the model's names in their order. */
function named(
  files: { name: string; tensor: Tensor }[],
  specs: readonly { name: string }[] = [],
): TensorMap {
  const known = new Set(specs.map((spec) => spec.name));
  return Object.fromEntries(
    files.map(({ name, tensor }, index) => [known.has(name) ? name : String(specs[index]?.name), tensor]),
  );
}

async function expectReference(file: string, dataSet: string): Promise<void> {
  await withModel(model(file), async (registry) => {
    const { signature } = await registry.load('m');
    const outputs = await registry.run('m', named(tensors(dataSet, 'input_'), signature?.inputs));
    const expected = Object.entries(named(tensors(dataSet, 'output_'), signature?.outputs));
    expect(expected.length).toBe(signature?.outputs.length);
    for (const [name, tensor] of expected) expectClose(outputs[name], tensor, ONNX_TOLERANCE);
  });
}

describe.skipIf(!hasShared)('the real models', () => {
  it('mnist gives its reference', async () => {
    const { input, output, argmax } = json('mnist/case.json');
    const outputs = await runOnce(model('mnist/model.onnx'), {
      Input3: { dtype: 'float32', shape: [1, 1, 28, 28], data: Float32Array.from(input) },
    });
    const expected = {
      dtype: 'float32' as const,
      shape: [1, 10],
      data: Float32Array.from(output as number[]),
    };
    expectClose(outputs.Plus214_Output_0, expected);
    const scores = outputs.Plus214_Output_0?.data as Float32Array;
    expect(scores.indexOf(Math.max(...scores))).toBe(argmax);
  });

  it('tiny-bert gives its reference', () =>
    expectReference('tiny-bert/TFBertForQuestionAnswering.onnx', 'tiny-bert/test_data_set_0'));

  it('magika labels all 37 files, one at a time and as one batch', async () => {
    const { cases } = json('magika/cases.json');
    const { target_labels_space: labels } = json('magika/config.min.json');
    expect(cases.length).toBe(37);
    const check = (scores: Float32Array, expected: MagikaCase, tolerance: number) => {
      const best = scores.indexOf(Math.max(...scores));
      expect([best, labels[best]]).toEqual([expected.expected_index, expected.expected_label]);
      expect(Math.abs(Number(scores[best]) - expected.expected_score)).toBeLessThanOrEqual(tolerance);
    };
    await withModel(model('magika/model.onnx'), async (registry) => {
      const { signature } = await registry.load('m');
      const [input, output] = [String(signature?.inputs[0]?.name), String(signature?.outputs[0]?.name)];
      expect(signature?.inputs[0]).toMatchObject({ dtype: 'int32', shape: [-1, 2048] });
      const run = async (rows: number[][]) => {
        const data = Int32Array.from(rows.flat());
        const outputs = await registry.run('m', {
          [input]: { dtype: 'int32', shape: [rows.length, 2048], data },
        });
        return outputs[output]?.data as Float32Array;
      };
      for (const one of cases) check(await run([one.features]), one, 1e-4);
      const all = await run(cases.map((one: { features: number[] }) => one.features));
      // Its layer norm sums in another order over a batch, in the bare runtime too; 0.005 is what the reference allows.
      for (const [row, one] of cases.entries()) check(all.subarray(row * 214, (row + 1) * 214), one, 0.005);
    });
  });

  const types = list('types');
  it('there are 13 of types', () => expect(types.length).toBe(13));
  it.each(types)('types/%s gives back what it is given', async (file) => {
    await withModel(model(`types/${file}`), async (registry) => {
      const { signature } = await registry.load('m');
      const spec = signature?.inputs[0];
      if (spec === undefined) throw new Error('no input');
      const tensor = sample(spec.dtype, spec.shape);
      const outputs = await registry.run('m', { [spec.name]: tensor });
      expect(outputs[String(signature?.outputs[0]?.name)]).toEqual(tensor);
    });
  });

  // ONNX Runtime for Node has no way to hand in a sequence of tensors ("Non tensor type is temporarily not supported").
  const sequences = list('backend-tests').filter((name) => name.includes('sequence_map'));
  const backendTests = list('backend-tests').filter((name) => !sequences.includes(name));
  it('there are 144 backend tests, 2 of them with sequences for inputs', () =>
    expect([backendTests.length, sequences.length]).toEqual([142, 2]));
  it.each(backendTests)('backend-tests/%s gives its reference', async (name) => {
    const sets = list(`backend-tests/${name}`).filter((file) => file.startsWith('test_data_set_'));
    expect(sets.length).toBeGreaterThan(0);
    for (const set of sets)
      await expectReference(`backend-tests/${name}/model.onnx`, `backend-tests/${name}/${set}`);
  });
  it.each(sequences)('backend-tests/%s is refused, saying which input is no tensor', async (name) => {
    const definition = model(`backend-tests/${name}/model.onnx`);
    const error = await rejection(withModel(definition, (registry) => registry.load('m')));
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED' });
    expect(String(error)).toMatch(/its input "(in_seq|x0)" is a sequence, map or optional/);
  });

  it('symbolic dimensions are free', async () => {
    await withModel(model('capi_symbolic_dims.onnx'), async (registry) => {
      const { signature } = await registry.load('m');
      expect(signature?.inputs.map((input) => input.shape)).toEqual([[-1, 2], [-1]]);
      expect(signature?.outputs.map((output) => output.shape)).toEqual([[-1]]);
      const data = Float32Array.of(1, 2, 3, 4, 5, 6);
      const outputs = await registry.run('m', {
        A: { dtype: 'float32', shape: [3, 2], data },
        B: { dtype: 'int64', shape: [1], data: BigInt64Array.of(6n) },
      });
      expect(outputs.C).toEqual({ dtype: 'float32', shape: [6], data });
    });
  });

  it('identity_string gives back text', async () => {
    const tensor: Tensor = { dtype: 'string', shape: [2, 2], data: ['', 'ñandú', '模型', '🔥\n'] };
    const outputs = await runOnce(model('identity_string.onnx'), { 'input:0': tensor });
    expect(outputs['output:0']).toEqual(tensor);
  });

  it('dynamic_quantize_matmul_int8 multiplies within what 8 bits can hold', async () => {
    const a = Float32Array.of(1, -2, 3, 0.5, 2, -1);
    const b = Int8Array.of(10, -20, 30, 40, -50, 60);
    const outputs = await runOnce(model('dynamic_quantize_matmul_int8.onnx'), {
      A: { dtype: 'float32', shape: [2, 3], data: a },
      B: { dtype: 'int8', shape: [3, 2], data: b },
      b_scale: { dtype: 'float32', shape: [1], data: Float32Array.of(0.1) },
      b_zero_point: { dtype: 'int8', shape: [1], data: Int8Array.of(5) },
    });
    // A · ((B − 5) × 0.1). Of A, 5 / 255 is one step of its quantisation, of which a value is off by half at most.
    const exact = [-21, 7, 10.75, 0.25];
    const step = 5 / 255;
    expect(outputs.Y?.shape).toEqual([2, 2]);
    for (const [index, value] of exact.entries()) {
      expect(Math.abs(Number(outputs.Y?.data[index]) - value)).toBeLessThanOrEqual((step / 2) * 12.5);
    }
  });

  const refused = list('refused');
  it('there are 2 refused models', () => expect(refused.length).toBe(2));
  it.skipIf(!canSeeWhatIsLeft).each(refused)('refused/%s leaves no memory and no file open', async (file) => {
    const bytes = heavy(join(SHARED_MODELS, 'refused', file));
    const left = await whatIsLeftBy(async () => {
      await rejection(withModel(model(`refused/${file}`), (registry) => registry.load('m')));
      await rejection(withModel(onnxModel({ bytes, sessionOptions }), (registry) => registry.load('m')));
    });
    expect(left.bytes).toBeLessThan(WEIGHTS_OF_FIFTEEN_ROUNDS);
    expect(left.handles).toBe(0);
  });
  it.each(refused)('refused/%s fails with a reason that can be read', async (file) => {
    const path = join(SHARED_MODELS, 'refused', file);
    const error = await rejection(withModel(onnxModel({ path }), (registry) => registry.load('m')));
    expect(error).toBeInstanceOf(WarmsetError);
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', modelName: 'm', retriable: false });
    expect(String(error)).toContain(path);
    expect(String(error)).toMatch(
      /: (Missing model IR version|ONNX Runtime only \*guarantees\* support .* till opset 26)\.$/,
    );
    expect((error as Error).cause).toBeInstanceOf(Error);
  });
});

interface MagikaCase {
  features: number[];
  expected_label: string;
  expected_index: number;
  expected_score: number;
}

function sample(dtype: Tensor['dtype'], shape: readonly number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const index = Array.from({ length: count }, (_, at) => at);
  const values: { [D in Tensor['dtype']]: Tensor['data'] } = {
    // 1, 2, 3, … in half precision are not a multiple of their bits; any bits will do for an identity.
    float16: Uint16Array.from(index, (at) => 0x3c00 + at),
    float32: Float32Array.from(index, (at) => at / 3),
    float64: Float64Array.from(index, (at) => at / 3),
    int8: Int8Array.from(index, (at) => at - 128),
    int16: Int16Array.from(index, (at) => at - 32768),
    int32: Int32Array.from(index, (at) => at - 2 ** 31),
    int64: BigInt64Array.from(index, (at) => BigInt(at) - 2n ** 63n),
    uint8: Uint8Array.from(index, (at) => 255 - at),
    uint16: Uint16Array.from(index, (at) => 65535 - at),
    uint32: Uint32Array.from(index, (at) => 2 ** 32 - 1 - at),
    uint64: BigUint64Array.from(index, (at) => 2n ** 64n - 1n - BigInt(at)),
    bool: Uint8Array.from(index, (at) => at % 2),
    string: index.map((at) => `text ${at}`),
  };
  return { dtype, shape, data: values[dtype] } as Tensor;
}
