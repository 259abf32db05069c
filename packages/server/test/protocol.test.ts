import { DATATYPES, formatInferRequest, parseInferResponse } from '@warmset/open-inference';
import type { TensorMap } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import {
  ADMIN_TOKEN,
  adding,
  asAdmin,
  broken,
  doubling,
  echo,
  serving,
  tensorBody,
} from './support/models.js';

const both = () =>
  serving({ m: doubling(), e: echo(), piped: adding(), broken: broken() }, { admin: { token: ADMIN_TOKEN } });

describe('the Open Inference Protocol V2, row by row', () => {
  it('GET /v2/health/live', async () => {
    const { client } = await both();
    expect(await client('GET', '/v2/health/live')).toMatchObject({ status: 200, json: { live: true } });
  });

  it('GET /v2/health/ready is 200 with all required models loaded, 503 before', async () => {
    const { client, handler } = await serving({ m: doubling() }, { preload: ['m'] });
    expect(await client('GET', '/v2/health/ready')).toMatchObject({ status: 503, json: { ready: false } });
    await handler.start();
    expect(await client('GET', '/v2/health/ready')).toMatchObject({ status: 200, json: { ready: true } });
  });

  it.each(['/v2', '/v2/'])('GET %s', async (path) => {
    const { client } = await both();
    const { status, json } = await client('GET', path);
    expect(status).toBe(200);
    expect(json.name).toBe('warmset');
    expect(json.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(json.extensions).toEqual(['binary_tensor_data', 'model_repository', 'statistics']);
  });

  it.each(['/v2/models/m', '/v2/models/m/versions/1'])(
    'GET %s tells of the tensors once it was loaded, and loads nothing',
    async (path) => {
      const { client, registry } = await both();
      expect((await client('GET', path)).json).toMatchObject({
        name: 'm',
        inputs: [],
        outputs: [],
        properties: { state: 'idle' },
      });
      expect(registry.status('m').loads).toBe(0);
      await registry.load('m');
      expect((await client('GET', path)).json).toEqual({
        name: 'm',
        versions: ['1'],
        platform: 'onnx_onnxv1',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
        outputs: [
          { name: 'double', datatype: 'FP32', shape: [-1, 2] },
          { name: 'x', datatype: 'FP32', shape: [-1, 2] },
        ],
        properties: { state: 'ready', runtime: 'onnxruntime-node 1.30.0 (cpu)' },
      });
      await registry.evict('m');
      expect((await client('GET', path)).json).toMatchObject({
        inputs: [{ name: 'x' }],
        properties: { state: 'idle' },
      });
    },
  );

  it.each(['/v2/models/m/ready', '/v2/models/m/versions/1/ready'])('GET %s', async (path) => {
    const { client, registry } = await both();
    const cold = await client('GET', path);
    expect(cold).toMatchObject({ status: 503, json: { name: 'm', ready: false } });
    expect(Number(cold.headers.get('retry-after'))).toBeGreaterThan(0);
    await registry.load('m');
    expect(await client('GET', path)).toMatchObject({ status: 200, json: { name: 'm', ready: true } });
  });

  it.each(['/v2/models/m/infer', '/v2/models/m/versions/1/infer'])('POST %s in JSON', async (path) => {
    const { client } = await both();
    expect((await client('POST', path, { body: tensorBody([1, 2, 3, 4], { id: 'the id' }) })).json).toEqual({
      model_name: 'm',
      model_version: '1',
      id: 'the id',
      outputs: [
        { name: 'double', datatype: 'FP32', shape: [2, 2], data: [2, 4, 6, 8] },
        { name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4] },
      ],
    });
  });

  it('takes nested data, and gives only the outputs that were asked for', async () => {
    const { client } = await both();
    const nested = {
      name: 'x',
      datatype: 'FP32',
      shape: [2, 2],
      data: [
        [1, 2],
        [3, 4],
      ],
    };
    const { json } = await client('POST', '/v2/models/m/infer', {
      body: { inputs: [nested], outputs: [{ name: 'double' }] },
    });
    expect(json.outputs).toEqual([{ name: 'double', datatype: 'FP32', shape: [2, 2], data: [2, 4, 6, 8] }]);
    const none = await client('POST', '/v2/models/m/infer', {
      body: tensorBody([1, 2], { outputs: [{ name: 'none' }] }),
    });
    expect(none).toMatchObject({ status: 400, json: { error: expect.stringContaining('no output "none"') } });
  });

  it('POST infer in binary, both ways and mixed', async () => {
    const { client } = await both();
    const x = { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1.5, -2) } as const;
    const { body, headers } = formatInferRequest({ id: 'b' }, { x });
    const answer = await client('POST', '/v2/models/m/infer', { body, headers });
    expect(answer.status).toBe(200);
    const length = Number(answer.headers.get('inference-header-content-length'));
    expect(parseInferResponse(answer.bytes, length)).toMatchObject({
      id: 'b',
      outputs: { double: { shape: [1, 2], data: Float32Array.of(3, -4) }, x },
    });
    const mixed = {
      ...tensorBody(),
      outputs: [{ name: 'x', parameters: { binary_data: true } }, { name: 'double' }],
    };
    const second = await client('POST', '/v2/models/m/infer', { body: mixed });
    const outputs = JSON.parse(
      second.text.slice(0, Number(second.headers.get('inference-header-content-length'))),
    ).outputs;
    expect(outputs).toEqual([
      { name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
      { name: 'double', datatype: 'FP32', shape: [1, 2], data: [2, 4] },
    ]);
  });

  it.each(DATATYPES)(
    '%s comes back as it went, in binary and, where JSON has it, in JSON',
    async (datatype) => {
      const { client } = await both();
      const samples: TensorMap = SAMPLES;
      const t = samples[datatype];
      if (t === undefined) throw new Error(`no sample of ${datatype}`);
      for (const binary of datatype === 'FP16' ? [true] : [true, false]) {
        const { body, headers } = formatInferRequest({ binary }, { t });
        const answer = await client('POST', '/v2/models/e/infer', { body, headers });
        expect(answer.status).toBe(200);
        const length = answer.headers.get('inference-header-content-length');
        const { outputs } = parseInferResponse(answer.bytes, length === null ? undefined : Number(length));
        expect(outputs).toEqual({ t });
      }
    },
  );

  it('steps over the pipeline of a model that has one', async () => {
    const { client, registry } = await both();
    const { json } = await client('POST', '/v2/models/piped/infer', { body: tensorBody([1, 2]) });
    expect(json.outputs[0]).toMatchObject({ name: 'double', data: [2, 4] });
    expect(registry.status('piped').runs).toBe(1);
  });

  it.each(['/v2/models/m/stats', '/v2/models/m/versions/1/stats', '/v2/models/stats'])(
    'GET %s',
    async (path) => {
      const { client } = await both();
      await client('POST', '/v2/models/m/infer', { body: tensorBody() });
      await client('POST', '/v2/models/m/infer', { body: tensorBody() });
      await client('POST', '/v2/models/m/infer', { body: tensorBody([1, 2], { inputs: [] }) });
      const { json } = await client('GET', path);
      const stats = json.model_stats[0];
      expect(stats).toMatchObject({ name: 'm', version: '1', inference_count: 2, execution_count: 2 });
      expect(stats.inference_stats).toMatchObject({
        success: { count: 2 },
        fail: { count: 1 },
        compute_infer: { count: 2 },
      });
      expect(stats.inference_stats.success.ns).toBeGreaterThan(0);
      expect(Date.now() - stats.last_inference).toBeLessThan(60_000);
      expect(stats.memory_usage).toEqual([{ type: 'CPU', id: 0, byte_size: 1_000 }]);
    },
  );

  it('POST /v2/repository/index', async () => {
    const { client, registry } = await both();
    await registry.load('m');
    await registry.load('broken').catch(() => {});
    const { json } = await client('POST', '/v2/repository/index');
    expect(json.map((entry: { name: string; state: string }) => [entry.name, entry.state])).toEqual([
      ['m', 'READY'],
      ['e', 'UNAVAILABLE'],
      ['piped', 'UNAVAILABLE'],
      ['broken', 'UNAVAILABLE'],
    ]);
    expect(json[3].reason).toContain('could not be loaded');
    expect((await client('POST', '/v2/repository/index', { body: { ready: true } })).json).toHaveLength(1);
    expect((await client('POST', '/v2/repository/index', { body: { ready: 'yes' } })).status).toBe(400);
  });

  it('POST /v2/repository/models/{m}/load and /unload', async () => {
    const { client, registry } = await both();
    expect((await client('POST', '/v2/repository/models/m/load', { headers: asAdmin })).status).toBe(200);
    expect(registry.status('m').state).toBe('ready');
    expect(
      (
        await client('POST', '/v2/repository/models/m/unload', {
          headers: asAdmin,
          body: { parameters: { unload_dependents: true } },
        })
      ).status,
    ).toBe(200);
    expect(registry.status('m').state).toBe('idle');
    for (const parameters of [{ config: '{}' }, { 'file:1/model.onnx': 'AAAA' }]) {
      const refused = await client('POST', '/v2/repository/models/m/load', {
        headers: asAdmin,
        body: { parameters },
      });
      expect(refused).toMatchObject({
        status: 400,
        json: { error: expect.stringContaining('cannot be sent') },
      });
    }
    expect(registry.status('m').state).toBe('idle');
  });

  it('answers {"error"} to an unknown model, version or path, another verb, type or encoding', async () => {
    const { client } = await both();
    expect((await client('GET', '/v2/models/none')).status).toBe(404);
    expect((await client('GET', '/v2/models/m/versions/2')).status).toBe(404);
    expect((await client('POST', '/v2/models/m/versions/2/infer', { body: tensorBody() })).status).toBe(404);
    expect((await client('GET', '/v2/none')).status).toBe(404);
    const wrongVerb = await client('GET', '/v2/models/m/infer');
    expect([wrongVerb.status, wrongVerb.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await client('DELETE', '/v2/models/m')).headers.get('allow')).toBe('GET, HEAD');
    const foreign = { headers: { 'content-type': 'text/plain' }, body: 'a=b' };
    expect((await client('POST', '/v2/models/m/infer', foreign)).status).toBe(415);
    const zipped = { headers: { 'content-encoding': 'gzip' }, body: tensorBody() };
    expect((await client('POST', '/v2/models/m/infer', zipped)).status).toBe(415);
  });

  it.each<[string, unknown, string]>([
    ['no dtype of ours', { dtype: 'float', shape: [1], data: [1] }, 'expected a dtype, got "float"'],
    ['no shape', { dtype: 'int8', shape: [-1], data: new Int8Array(1) }, 'expected a shape'],
    [
      'the wrong array',
      { dtype: 'int64', shape: [1], data: [1] },
      'expected int64 data as BigInt64Array, got an array of 1',
    ],
    [
      'too few elements',
      { dtype: 'float32', shape: [2, 2], data: new Float32Array(3) },
      'expected 4 elements for shape [2, 2], got 3',
    ],
    [
      'text that is none',
      { dtype: 'string', shape: [2], data: ['a', 7] },
      'expected only strings in data, got 7',
    ],
  ])('answers 500 to an output with %s, JSON and binary, and says what is wrong', async (_what, y, text) => {
    const { client } = await serving({ bad: { load: () => ({}), run: () => ({ y }) } });
    for (const more of [{}, { parameters: { binary_data_output: true } }]) {
      const { status, json } = await client('POST', '/v2/models/bad/infer', {
        body: tensorBody([1, 2], more),
      });
      expect(status).toBe(500);
      expect(json.error).toContain('Model "bad" gave a malformed output "y": ');
      expect(json.error).toContain(text);
    }
  });

  it('answers 501 to sequences and to a model that gives no tensors', async () => {
    const { client } = await serving({
      text: { load: () => ({}), run: () => 'text' },
      norun: { load: () => ({}) },
    });
    const sequence = await client('POST', '/v2/models/text/infer', {
      body: tensorBody([1, 2], { parameters: { sequence_id: 7 } }),
    });
    expect(sequence.status).toBe(501);
    expect((await client('POST', '/v2/models/text/infer', { body: tensorBody() })).status).toBe(501);
    expect((await client('POST', '/v2/models/norun/infer', { body: tensorBody() })).status).toBe(501);
  });
});

const SAMPLES: TensorMap = {
  BOOL: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
  UINT8: { dtype: 'uint8', shape: [2], data: Uint8Array.of(0, 255) },
  UINT16: { dtype: 'uint16', shape: [2], data: Uint16Array.of(0, 65_535) },
  UINT32: { dtype: 'uint32', shape: [2], data: Uint32Array.of(0, 4_294_967_295) },
  UINT64: { dtype: 'uint64', shape: [2], data: BigUint64Array.of(0n, 2n ** 64n - 1n) },
  INT8: { dtype: 'int8', shape: [2], data: Int8Array.of(-128, 127) },
  INT16: { dtype: 'int16', shape: [2], data: Int16Array.of(-32_768, 32_767) },
  INT32: { dtype: 'int32', shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  INT64: { dtype: 'int64', shape: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) },
  FP16: { dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xfbff) },
  FP32: { dtype: 'float32', shape: [2, 1], data: Float32Array.of(1.1, -3.4e38) },
  FP64: { dtype: 'float64', shape: [], data: Float64Array.of(Math.PI) },
  BYTES: { dtype: 'string', shape: [2], data: ['', 'ü€😀'] },
};

describe('POST /models/{model}/run with tensors, which JSON has no arrays for', () => {
  const tensors = { input: { x: { dtype: 'float32', shape: [1, 2], data: [1, 2] } } };

  it('says where they are taken in JSON', async () => {
    const { client } = await both();
    const { status, json, headers } = await client('POST', '/models/m/run', { body: tensors });
    expect([status, headers.get('warmset-error-code')]).toEqual([400, 'ERR_INPUT_INVALID']);
    expect(json.error).toMatch(/Send tensors in JSON to POST \/v2\/models\/m\/infer\.$/);
    const wrong = await client('POST', '/models/piped/run', { body: { input: { a: 'one' } } });
    expect([wrong.status, wrong.json.error]).toEqual([400, expect.not.stringContaining('/infer')]);
  });

  it('says nothing of a route that is off', async () => {
    const { client } = await serving({ m: doubling() }, { routes: { v2: false } });
    const { status, json } = await client('POST', '/models/m/run', { body: tensors });
    expect([status, json.error]).toEqual([400, expect.not.stringContaining('/infer')]);
  });
});
