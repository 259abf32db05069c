import { WarmsetError } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { type CodecLimits, parseInferRequest } from '../src/index.js';

const LIMITS: CodecLimits = { maxElements: 1000, maxTensors: 4, maxDepth: 12 };

/** The message that a body is refused with. */
function refusal(body: Uint8Array | string, headerLength?: number): string {
  try {
    parseInferRequest(Buffer.from(body), headerLength, LIMITS);
  } catch (error) {
    expect(error).toBeInstanceOf(WarmsetError);
    expect(error).toMatchObject({ code: 'ERR_INPUT_INVALID', retriable: false });
    return (error as Error).message;
  }
  throw new Error('It was not refused');
}

const ofInputs = (...inputs: unknown[]) => refusal(JSON.stringify({ inputs }));
const ofInput = (datatype: unknown, shape: unknown, data: unknown) =>
  ofInputs({ name: 'x', datatype, shape, data });

/** A request with one tensor as bytes, and whatever bytes come after its JSON. */
const ofBytes = (datatype: string, shape: number[], size: unknown, bytes: Uint8Array) => {
  const input = { name: 'x', datatype, shape, parameters: { binary_data_size: size } };
  const json = Buffer.from(JSON.stringify({ inputs: [input] }));
  return refusal(Buffer.concat([json, bytes]), json.length);
};

describe('a body that is no request', () => {
  it.each([
    ['', /^Request body: expected JSON, got 0 bytes that are none: /],
    ['{"inputs":[', /expected JSON, got 11 bytes/],
    ['\xff\xfe', /expected JSON/],
    ['[]', /^Request body: expected a JSON object, got an array of 0/],
    ['null', /got null/],
    ['{}', /^Field inputs: expected an array, got undefined/],
    ['{"inputs":{}}', /^Field inputs: expected an array, got an object/],
    ['{"inputs":[1]}', /^Field inputs\[0\]: expected an object, got 1/],
    ['{"inputs":[null]}', /^Field inputs\[0\]: expected an object, got null/],
    ['{"inputs":[{}]}', /^Field inputs\[0\]\.name: expected a name, got undefined/],
    ['{"inputs":[{"name":""}]}', /expected a name, got ""/],
    ['{"inputs":[{"name":7}]}', /expected a name, got 7/],
    ['{"inputs":[],"id":7}', /^Field id: expected a string, got 7/],
    ['{"inputs":[],"parameters":[]}', /^Request, parameters: expected an object, got an array of 0/],
    [
      '{"inputs":[],"parameters":{"binary_data_output":1}}',
      /parameters\.binary_data_output: expected true or false, got 1/,
    ],
    ['{"inputs":[],"outputs":"y"}', /^Field outputs: expected an array, got "y"/],
    [
      '{"inputs":[],"outputs":[{"name":"y"},{"name":"y"}]}',
      /outputs\[1\]\.name: expected a name of its own, got "y" again/,
    ],
    [
      '{"inputs":[],"outputs":[{"name":"y","parameters":1}]}',
      /^Requested output "y", parameters: expected an object, got 1/,
    ],
    [
      '{"inputs":[],"outputs":[{"name":"y","parameters":{"binary_data":"no"}}]}',
      /parameters\.binary_data: expected true or false, got "no"/,
    ],
  ])('%s', (body, message) => {
    expect(refusal(Buffer.from(body, 'latin1'))).toMatch(message);
  });

  it('has more levels than the limit, however many', () => {
    const nested = (levels: number) => `{"inputs":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect(refusal(nested(11))).toMatch(/^Field inputs\[0\]: expected an object/);
    expect(refusal(nested(12))).toMatch(/expected JSON of at most 12 levels, got deeper/);
    expect(refusal('['.repeat(1_000_000))).toMatch(/got deeper/);
    expect(refusal(`{"inputs":${'{"a":'.repeat(20)}`)).toMatch(/got deeper/);
  });

  it('counts no brackets in strings, which end where JSON says', () => {
    const id = JSON.stringify(`${'['.repeat(50)}\\"${'{'.repeat(50)}`);
    expect(parseInferRequest(Buffer.from(`{"inputs":[],"id":${id}}`), undefined, LIMITS).id).toHaveLength(
      102,
    );
    expect(refusal(`{"inputs":[],"id":${'"\\\\"'}}${'['.repeat(50)}`)).toMatch(/got deeper/);
    expect(refusal('{"inputs":"\\')).toMatch(/expected JSON/);
  });

  it('has more tensors than the limit', () => {
    expect(ofInputs(1, 2, 3, 4, 5)).toMatch(/^Field inputs: expected at most 4 of them, got an array of 5/);
  });

  it('has fewer bytes than its header says, or not only JSON in them', () => {
    expect(refusal('{"inputs":[]}', 14)).toMatch(/expected 14 bytes of JSON, .* got 13 bytes/);
    expect(refusal('{"inputs":[]}', 12)).toMatch(/expected JSON/);
    expect(refusal('{"inputs":[]}', 0)).toMatch(/expected JSON, got 0 bytes/);
  });
});

describe('an input', () => {
  it('has the name of another', () => {
    const input = { name: 'x', datatype: 'FP32', shape: [1], data: [1] };
    expect(ofInputs(input, input)).toMatch(
      /^Field inputs\[1\]\.name: expected a name of its own, got "x" again/,
    );
  });

  it.each([
    ['FP8', /^Input "x": expected a datatype \(BOOL, UINT8, .*, BYTES\), got "FP8"/],
    ['float32', /got "float32"/],
    ['__proto__', /got "__proto__"/],
    [undefined, /got undefined/],
    [['FP32'], /got an array of 1/],
  ])('has the datatype %s', (datatype, message) => {
    expect(ofInput(datatype, [1], [1])).toMatch(message);
  });

  it.each([
    [undefined, /^Input "x": expected a shape, as an array of sizes, got undefined/],
    [3, /got 3/],
    [[-1], /^Input "x", shape, axis 0: expected a whole number ≥ 0, got -1/],
    [[1, 1.5], /axis 1: .* got 1\.5/],
    [[1, '2'], /axis 1: .* got "2"/],
    [[null], /got null/],
    [[2 ** 53], /got 9007199254740992/],
    [[1001], /^Input "x": expected at most 1000 elements, got shape \[1001\]/],
    [[100, 100], /got shape \[100, 100\]/],
    [[2 ** 40, 2 ** 40, 0], /got shape \[1099511627776, 1099511627776, 0\]/],
    [[0, 2 ** 40], /got shape \[0, 1099511627776\]/],
    [Array(13).fill(1), /expected a shape of at most 12 axes, got an array of 13/],
  ])('has the shape %j', (shape, message) => {
    expect(ofInput('FP32', shape, [1])).toMatch(message);
  });

  it.each([
    [[2], [1], /^Input "x": expected 2 elements in data for shape \[2\], got 1\./],
    [[2], [1, 2, 3], /got 3/],
    [[], [], /expected 1 elements in data for shape \[\], got 0/],
    [[], 5, /^Input "x": expected data as an array, got 5/],
    [[0], [1], /expected 0 elements .*, got 1/],
    [[2], 'ab', /expected data as an array, got "ab"/],
    [[2], { 0: 1, 1: 2 }, /got an object/],
    [[2], undefined, /expected data, or parameters\.binary_data_size, got neither/],
    [[2], null, /got neither/],
    [
      [2, 2],
      [[1, 2]],
      /^Input "x", data, axis 0: expected arrays of 2 for shape \[2, 2\], or flat data, got an array of 1/,
    ],
    [[2, 2], [[1, 2], [3]], /data, axis 1: .*, got an array of 1/],
    [[2, 2], [[1, 2], 3], /data, axis 1: .*, got 3/],
    [[2, 2], [1, [2, 3, 4]], /expected 4 elements/],
    [[4], [1, [2], 3, 4], /^Input "x", element 1: expected numbers .*, got an array of 1/],
    [[2], [[1], [2]], /element 0: expected numbers .*, got an array of 1/],
    [[2, 1, 1], [[1], [2]], /data, axis 2: expected arrays of 1 .*, got 1/],
    [[], [[1]], /element 0: .*, got an array of 1/],
  ])('of shape %j has the data %j', (shape, data, message) => {
    expect(ofInput('FP32', shape, data)).toMatch(message);
  });

  it.each([
    ['BOOL', 2, /^Input "x", element 0: expected true or false, got 2/],
    ['BOOL', 'true', /got "true"/],
    ['UINT8', 256, /expected whole numbers from 0 to 255, got 256/],
    ['UINT8', -1, /got -1/],
    ['UINT16', 65536, /from 0 to 65535/],
    ['UINT32', 2 ** 32, /from 0 to 4294967295/],
    ['UINT64', -1, /from 0 to 18446744073709551615, .* got -1/],
    ['UINT64', '18446744073709551616', /got "18446744073709551616"/],
    ['UINT64', '-1', /got "-1"/],
    ['INT8', 128, /from -128 to 127/],
    ['INT16', -32769, /from -32768 to 32767/],
    ['INT32', 2 ** 31, /from -2147483648 to 2147483647/],
    ['INT32', 1.5, /got 1\.5/],
    ['INT32', '1', /got "1"/],
    ['INT64', 2 ** 53, /beyond ±\(2\^53 − 1\) as strings, got 9007199254740992/],
    ['INT64', '9223372036854775808', /got "9223372036854775808"/],
    ['INT64', '0x10', /got "0x10"/],
    ['INT64', ' 1', /got " 1"/],
    ['INT64', '', /got ""/],
    ['INT64', '1'.repeat(1000), /got "1{57}…"/],
    ['INT64', 1.5, /got 1\.5/],
    ['FP32', 1e39, /numbers that FP32 can hold, or "NaN", .*, got 1e\+39/],
    ['FP32', '1.5', /got "1\.5"/],
    ['FP32', 'nan', /got "nan"/],
    ['FP32', null, /got null/],
    ['FP32', true, /got true/],
    ['FP64', '__proto__', /got "__proto__"/],
    ['BYTES', 1, /expected strings, got 1/],
    ['BYTES', null, /got null/],
    ['FP16', 1, /^Input "x": FP16 travels only as binary data/],
  ])('of %s has the element %j', (datatype, element, message) => {
    expect(ofInput(datatype, [1], [element])).toMatch(message);
  });

  it('has a number that is past the range of JSON numbers here', () => {
    const body = '{"inputs":[{"name":"x","datatype":"FP64","shape":[1],"data":[1e999]}]}';
    expect(refusal(body)).toMatch(/element 0: expected numbers that FP64 can hold, .* got Infinity/);
  });
});

describe('an input as bytes', () => {
  const four = new Uint8Array(4);

  it.each([
    ['FP32', [1], 5, four, /^Input "x": expected 5 bytes, as its parameters\.binary_data_size says, got 4/],
    ['FP32', [1], -1, four, /binary_data_size: expected a number of bytes, got -1/],
    ['FP32', [1], '4', four, /got "4"/],
    ['FP32', [1], 1.5, four, /got 1\.5/],
    ['FP32', [1], null, four, /got null/],
    ['FP32', [1], 2 ** 60, four, /expected a number of bytes/],
    ['FP32', [2], 4, four, /expected binary_data_size 8 for FP32 \[2\], got 4/],
    ['FP32', [0], 4, four, /expected binary_data_size 0 for FP32 \[0\], got 4/],
    ['FP32', [1], 4, new Uint8Array(7), /^Body: expected 4 bytes after the JSON for its inputs, got 7/],
    ['UINT8', [4], 4, new Uint8Array(0), /expected 4 bytes, .* got 0/],
    ['BOOL', [4], 4, Uint8Array.of(0, 1, 2, 1), /^Input "x", element 2: expected a byte 0 or 1, got 2/],
    [
      'BYTES',
      [1],
      3,
      Uint8Array.of(1, 0, 0),
      /^Input "x", element 0: expected a length of 4 bytes, got 3 bytes/,
    ],
    [
      'BYTES',
      [1],
      5,
      Uint8Array.of(2, 0, 0, 0, 65),
      /element 0: expected 2 bytes after its length, got 1 bytes/,
    ],
    ['BYTES', [1], 4, new Uint8Array(4).fill(255), /expected 4294967295 bytes after its length, got 0 bytes/],
    ['BYTES', [2], 5, Uint8Array.of(1, 0, 0, 0, 65), /element 1: expected a length of 4 bytes, got 0 bytes/],
    ['BYTES', [1], 8, new Uint8Array(8), /expected 1 elements of BYTES for shape \[1\] in 4 bytes, got 8/],
    ['BYTES', [1], 5, Uint8Array.of(1, 0, 0, 0, 0xff), /element 0: expected UTF-8, got 1 other bytes/],
  ])('of %s %j, said to have %j bytes', (datatype, shape, size, bytes, message) => {
    expect(ofBytes(datatype, shape, size, bytes)).toMatch(message);
  });

  it('has data too, or no header that says where it begins', () => {
    const parameters = { binary_data_size: 4 };
    const input = { name: 'x', datatype: 'FP32', shape: [1], parameters };
    expect(ofInputs({ ...input, data: [1] })).toMatch(
      /expected data or parameters\.binary_data_size, got both/,
    );
    expect(ofInputs(input)).toMatch(/expected the header inference-header-content-length, .* got none/);
  });
});
