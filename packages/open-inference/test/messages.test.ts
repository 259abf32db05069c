import type { Tensor } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import {
  DATATYPES,
  datatypeOf,
  dtypeOf,
  formatInferRequest,
  formatInferResponse,
  isDatatype,
  metadataTensors,
  parseHeaderLength,
  parseInferRequest,
  parseInferResponse,
  signatureOf,
} from '../src/index.js';

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const input = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
const x = { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) } as const;
const half = { dtype: 'float16', shape: [1], data: Uint16Array.of(0x3c00) } as const;

describe('a request', () => {
  it('is read with all that it says', () => {
    const parameters = { priority: 1, timeout: 5000, headers: { a: 'b' } };
    const inputs = [
      { ...input, parameters: { content_type: 'np' } },
      { ...input, name: 'plain' },
    ];
    const outputs = [{ name: 'y', parameters: { binary_data: true } }, { name: 'z' }];
    const read = parseInferRequest(bytes({ id: '7', parameters, inputs, outputs }), undefined);
    expect(read).toMatchObject({ id: '7', parameters, outputs, inputs: { x, plain: x } });
    expect(read.inputParameters).toEqual({ x: { content_type: 'np' } });
    expect(['y', 'z', 'w'].map(read.wantsBinary)).toEqual([true, false, false]);
  });

  it('may say next to nothing, also with null for what it leaves out, and what nobody knows', () => {
    const nulls = { id: null, parameters: null, outputs: null, model_name: 'm' };
    for (const rest of [{}, nulls, { outputs: [] }]) {
      const read = parseInferRequest(bytes({ ...rest, inputs: [{ ...input, parameters: null }] }), undefined);
      expect(read).toMatchObject({ id: undefined, parameters: {}, inputParameters: {}, outputs: undefined });
      expect(read.wantsBinary('y')).toBe(false);
    }
  });

  it('wants all outputs as bytes, save those of which it says otherwise', () => {
    const outputs = [{ name: 'y', parameters: { binary_data: false } }, { name: 'z' }];
    const parameters = { binary_data_output: true };
    const read = parseInferRequest(bytes({ parameters, inputs: [], outputs }), undefined);
    expect(['y', 'z'].map(read.wantsBinary)).toEqual([false, true]);
    expect(parseInferRequest(bytes({ parameters, inputs: [] }), undefined).wantsBinary('y')).toBe(true);
  });

  it('has nested data, also of nothing', () => {
    const read = (shape: number[], data: unknown) =>
      parseInferRequest(bytes({ inputs: [{ name: 'x', datatype: 'INT8', shape, data }] }), undefined).inputs.x
        ?.data;
    expect(read([2, 1, 2], [[[1, 2]], [[3, 4]]])).toEqual(Int8Array.of(1, 2, 3, 4));
    expect(read([2, 1, 2], [1, 2, 3, 4])).toEqual(Int8Array.of(1, 2, 3, 4));
    expect(read([], [5])).toEqual(Int8Array.of(5));
    expect(read([2, 0], [[], []])).toEqual(new Int8Array());
    expect(read([0, 2], [])).toEqual(new Int8Array());
  });

  it('takes numbers for booleans, and strings for numbers that JSON cannot hold', () => {
    const read = (datatype: string, data: unknown[]) =>
      parseInferRequest(bytes({ inputs: [{ name: 'x', datatype, shape: [data.length], data }] }), undefined)
        .inputs.x?.data;
    expect(read('BOOL', [true, 0, 1, false])).toEqual(Uint8Array.of(1, 0, 1, 0));
    expect(read('INT64', [1, '-9223372036854775808', '07'])).toEqual(BigInt64Array.of(1n, -(2n ** 63n), 7n));
    expect(read('UINT64', ['18446744073709551615', 2 ** 53 - 1])).toEqual(
      BigUint64Array.of(2n ** 64n - 1n, 2n ** 53n - 1n),
    );
    expect(read('FP32', ['NaN', '-Infinity', 'Infinity'])).toEqual(
      Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
    );
  });

  it('has a tensor without elements as KServe’s client sends it', () => {
    const empty = {
      name: 'x',
      datatype: 'FP32',
      shape: [0, 3],
      data: null,
      parameters: { binary_data_size: 0 },
    };
    expect(parseInferRequest(bytes({ model_name: 'm', inputs: [empty] }), undefined).inputs).toEqual({
      x: { dtype: 'float32', shape: [0, 3], data: new Float32Array() },
    });
  });

  it('may name a tensor as JavaScript names other things', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const inputs = names.map((name) => ({ ...input, name, parameters: { name } }));
    const read = parseInferRequest(bytes({ inputs }), undefined);
    expect(Object.keys(read.inputs)).toEqual(names);
    expect(Object.keys(read.inputParameters)).toEqual(names);
    expect(Object.getPrototypeOf(read.inputs)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  });

  it('is read without copying what lies as its array needs it', () => {
    const { body, headerLength = 0 } = formatInferRequest({}, { x });
    const buffer = new ArrayBuffer(body.length + 8);
    const offset = (4 - (headerLength % 4)) % 4;
    const placed = new Uint8Array(buffer, offset, body.length);
    placed.set(body as Uint8Array);
    const { data } = parseInferRequest(placed, headerLength).inputs.x ?? {};
    expect(data).toEqual(x.data);
    expect((data as Float32Array).buffer).toBe(buffer);
  });

  it('is written as the protocol has it', () => {
    const json = formatInferRequest({ id: '7', parameters: { a: 1 }, outputs: ['y'], binary: false }, { x });
    expect(json.headers).toEqual({ 'content-type': 'application/json' });
    expect(JSON.parse(json.body as string)).toEqual({
      id: '7',
      parameters: { a: 1 },
      inputs: [input],
      outputs: [{ name: 'y' }],
    });
    const { body, headerLength, headers } = formatInferRequest({ outputs: ['y'] }, { x });
    expect(headers).toEqual({
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(headerLength),
    });
    expect(JSON.parse(Buffer.from(body).toString('utf8', 0, headerLength))).toEqual({
      parameters: { binary_data_output: true },
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } }],
      outputs: [{ name: 'y', parameters: { binary_data: true } }],
    });
    expect(Buffer.from(body).subarray(headerLength)).toEqual(Buffer.from(x.data.buffer));
  });
});

describe('an answer', () => {
  const facts = { modelName: 'm', modelVersion: '2', id: '7', parameters: { a: 1 } };

  it('is written as the protocol has it, each output as it was asked for', () => {
    const { body, headerLength } = formatInferResponse(
      facts,
      { y: x, z: half, w: x },
      (name) => name !== 'w',
    );
    expect(JSON.parse(Buffer.from(body).toString('utf8', 0, headerLength))).toEqual({
      model_name: 'm',
      model_version: '2',
      id: '7',
      parameters: { a: 1 },
      outputs: [
        { name: 'y', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
        { name: 'z', datatype: 'FP16', shape: [1], parameters: { binary_data_size: 2 } },
        { name: 'w', datatype: 'FP32', shape: [1, 2], data: [1, 2] },
      ],
    });
    expect(parseInferResponse(body as Uint8Array, headerLength)).toEqual({
      ...facts,
      outputs: { y: x, z: half, w: x },
    });
  });

  it('is JSON alone where nothing else was asked for', () => {
    expect(formatInferResponse({ modelName: 'm' }, { y: x }).body).toBe(
      '{"model_name":"m","outputs":[{"name":"y","datatype":"FP32","shape":[1,2],"data":[1,2]}]}',
    );
  });

  it('carries whole numbers past 2^53 as strings, and booleans as such', () => {
    const outputs = {
      a: { dtype: 'int64', shape: [2], data: BigInt64Array.of(5n, -(2n ** 60n)) },
      b: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
      c: { dtype: 'float64', shape: [2], data: Float64Array.of(Number.NaN, 0.1) },
    } as const;
    const { body } = formatInferResponse({ modelName: 'm' }, outputs);
    const { outputs: written } = JSON.parse(body as string) as { outputs: { data: unknown[] }[] };
    expect(written.map(({ data }) => data)).toEqual([
      [5, '-1152921504606846976'],
      [true, false],
      ['NaN', 0.1],
    ]);
  });

  it('cannot hold half floats in JSON, nor half a surrogate pair as bytes', () => {
    const code = 'ERR_INPUT_INVALID';
    expect(() => formatInferResponse(facts, { y: half })).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(/^Output "y": FP16 travels only as binary data/),
      }),
    );
    const text: Tensor = { dtype: 'string', shape: [1], data: ['a\ud800'] };
    expect(() => formatInferResponse(facts, { y: text }, () => true)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(/^Output "y", element 0: expected text, .* at 1/),
      }),
    );
    const json = formatInferResponse(facts, { y: text }).body as string;
    expect(parseInferResponse(Buffer.from(json), undefined).outputs.y).toEqual(text);
  });

  it('may leave out what a server need not say', () => {
    expect(parseInferResponse(bytes({ outputs: [] }), undefined)).toEqual({
      modelName: undefined,
      modelVersion: undefined,
      id: undefined,
      parameters: {},
      outputs: {},
    });
  });

  it('that is none is refused', () => {
    const code = 'ERR_INPUT_INVALID';
    expect(() => parseInferResponse(bytes({}), undefined)).toThrow(
      expect.objectContaining({ code, message: 'Field outputs: expected an array, got undefined.' }),
    );
    expect(() => parseInferResponse(Buffer.from('<html>'), undefined)).toThrow(
      /^Answer: expected JSON, got 6 bytes/,
    );
    expect(() => parseInferResponse(bytes({ outputs: [{ ...input, data: [1] }] }), undefined)).toThrow(
      /^Output "x": /,
    );
  });
});

describe('datatypes', () => {
  it('are one for each dtype', () => {
    expect(DATATYPES).toHaveLength(13);
    for (const datatype of DATATYPES) expect(datatypeOf(dtypeOf(datatype))).toBe(datatype);
    expect(new Set(DATATYPES.map(dtypeOf)).size).toBe(13);
  });

  it('are told from other values', () => {
    expect(DATATYPES.every(isDatatype)).toBe(true);
    for (const other of ['fp32', 'STRING', 'toString', '', null, 5]) expect(isDatatype(other)).toBe(false);
  });
});

describe('metadata', () => {
  it('gives the signature that it was made of', () => {
    const signature = {
      inputs: [{ name: 'x', dtype: 'float32', shape: [-1, 13] }],
      outputs: [
        { name: 'label', dtype: 'string', shape: [] },
        { name: 'p', dtype: 'float64', shape: [-1, -1] },
      ],
    } as const;
    const [inputs, outputs] = [metadataTensors(signature.inputs), metadataTensors(signature.outputs)];
    expect(inputs).toEqual([{ name: 'x', datatype: 'FP32', shape: [-1, 13] }]);
    expect(signatureOf({ name: 'm', platform: 'p', inputs, outputs })).toEqual(signature);
  });

  it.each([
    [null, /^Metadata: expected a JSON object, got null/],
    [{ outputs: [] }, /^Field inputs: expected an array, got undefined/],
    [{ inputs: [{ name: 'x' }], outputs: [] }, /^Input "x": expected a datatype \(/],
    [{ inputs: [], outputs: [{ name: 'y', datatype: 'BF16', shape: [] }] }, /^Output "y": .* got "BF16"/],
    [
      { inputs: [{ name: 'x', datatype: 'FP32' }], outputs: [] },
      /^Input "x": expected a shape, .* got undefined/,
    ],
    [{ inputs: [{ name: 'x', datatype: 'FP32', shape: [-2] }], outputs: [] }, /axis 0: .* ≥ −1, got -2/],
    [{ inputs: [{ name: 'x', datatype: 'FP32', shape: ['1'] }], outputs: [] }, /got "1"/],
  ])('%j is refused', (metadata, message) => {
    expect(() => signatureOf(metadata)).toThrow(message);
  });
});

describe('the header that says where the JSON ends', () => {
  it('is a number of bytes, or not there', () => {
    expect(parseHeaderLength('153')).toBe(153);
    expect(parseHeaderLength(null)).toBeUndefined();
    expect(parseHeaderLength(undefined)).toBeUndefined();
  });

  it.each(['', '-1', '1.5', '1e3', '0x10', ' 1', '1, 1', '9'.repeat(16)])('is not %j', (value) => {
    expect(() => parseHeaderLength(value)).toThrow(
      /^Header inference-header-content-length: expected a number of bytes, got "/,
    );
  });
});
