import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readFacts } from '../src/model-facts.js';
import { field } from './support/leftovers.js';
import { fixture } from './support/models.js';

const folder = mkdtempSync(join(tmpdir(), 'warmset-onnx-'));
afterAll(() => rmSync(folder, { recursive: true }));

const facts = (file: string) => readFacts({ path: fixture(file) }, { path: file });

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const refusal = (path: string) =>
  readFacts({ path }, { path }).then(
    () => 'accepted',
    (error: Error) => error.message,
  );

describe('readFacts', () => {
  it('tells weights from the graph', async () => {
    const size = readFileSync(fixture('linear.onnx')).length;
    expect(await facts('linear.onnx')).toEqual({
      weightBytes: 48,
      largestWeightBytes: 48,
      kernelBytes: 0,
      largestKernelBytes: 0,
      halfBytes: 0,
      graphBytes: size - 48,
      nodeCount: 1,
      unrankedInputs: new Set(),
    });
  });

  it.each(['external.onnx', 'external-attribute.onnx'])('counts the weights beside %s', async (name) => {
    expect(await facts(name)).toMatchObject({ weightBytes: 48, kernelBytes: 0 });
  });

  it('counts the weights of subgraphs', async () => {
    expect(await facts('subgraph.onnx')).toMatchObject({ weightBytes: 96, nodeCount: 3 });
  });

  it('counts float16 as the float32 that it is computed with', async () => {
    expect(await facts('half.onnx')).toMatchObject({ weightBytes: 48, halfBytes: 24 });
  });

  it.each([
    ['in a list', false],
    ['packed', true],
  ])('tells what convolutions compute with from other weights, by dimensions %s', async (_how, packed) => {
    const linear = readFileSync(fixture('linear.onnx'));
    const graph = Buffer.concat([kernel([5, 1, 300], packed), kernel([2, 2, 1, 100], packed)]);
    const path = file(
      'convolution.onnx',
      Buffer.concat([linear, field(7, Buffer.concat([graph, CONVOLUTION]))]),
    );
    expect(await readFacts({ path }, { path })).toMatchObject({
      weightBytes: 48 + 4 * (1500 + 400),
      kernelBytes: 4 * (1500 + 400),
      largestKernelBytes: 4 * 1500,
    });
    // Without a convolution they are other weights, however many dimensions they have.
    const dense = file('dense.onnx', Buffer.concat([linear, field(7, graph)]));
    expect(await readFacts({ path: dense }, { path: dense })).toMatchObject({ kernelBytes: 0 });
  });

  it('knows an input of any rank from a scalar', async () => {
    expect((await facts('unranked.onnx')).unrankedInputs).toEqual(new Set(['x']));
    expect((await facts('scalar.onnx')).unrankedInputs).toEqual(new Set());
  });

  it('reads bytes as it reads a file', async () => {
    const bytes = readFileSync(fixture('linear.onnx'));
    expect(await readFacts({ bytes }, { bytes })).toEqual(await facts('linear.onnx'));
  });

  it('reads past what one read holds', async () => {
    // A message that occurs twice is merged, so appending a graph adds to the model's.
    const bytes = Buffer.concat([
      readFileSync(fixture('linear.onnx')),
      ...Array.from({ length: 3 }, bigTensor),
    ]);
    expect(await readFacts({ path: file('big.onnx', bytes) }, { path: 'x' })).toMatchObject({
      weightBytes: 48 + 3 * 100_000,
      nodeCount: 1,
    });
  });

  it.each([
    ['nothing', '', /^it is empty$/],
    [
      'JSON',
      '{ "format": "layers-model" }',
      /^it is JSON, not ONNX; a TensorFlow\.js model\.json is for tfjsModel/,
    ],
    ['HDF5', '\x89HDF\r\n\x1a\n'.padEnd(99), /^it is an HDF5 file/],
    ['a zip archive', 'PK\x03\x04'.padEnd(99), /^it is a zip archive/],
    ['gzip', '\x1f\x8b\x08'.padEnd(99), /^it is compressed with gzip/],
    ['TensorFlow Lite', '\x1c\0\0\0TFL3'.padEnd(99, '\0'), /^it is a TensorFlow Lite file/],
    ['a web page', '\n<!DOCTYPE html><html></html>', /^it is an HTML or XML page/],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\n',
      /^it is a Git LFS pointer.*run git lfs pull$/,
    ],
    [
      'zeros',
      '\0'.repeat(99),
      /^it is not an ONNX file, or not all of one: at byte 0 there is no protobuf field$/,
    ],
    [
      'other protobuf',
      Buffer.from([8, 1, 16, 2]),
      /^it is not an ONNX file.*: there is no ONNX graph in it$/,
    ],
    [
      'ORT format by another name',
      '\0\0\0\0ORTM'.padEnd(99),
      /^it is in ORT format: rename it to end in \.ort$/,
    ],
  ])('says of %s what it is', async (_what, content, message) => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    expect(await refusal(file('other.onnx', bytes))).toMatch(message);
  });

  it('refuses a file cut short, wherever, unless what is left is a whole graph', async () => {
    const bytes = readFileSync(fixture('linear.onnx'));
    const whole: number[] = [];
    for (let length = 1; length < bytes.length; length += 1) {
      const cut = bytes.subarray(0, length);
      await readFacts({ bytes: cut }, { bytes: cut }).then(
        () => whole.push(length),
        (error: Error) => expect(error.message).toMatch(/^it is not an ONNX file, or not all of one: /),
      );
    }
    // Between the graph and the operator sets that follow it, and between those two: the runtime refuses these.
    expect(whole.length).toBeLessThanOrEqual(2);
  });

  it('ends on any bytes, in a readable refusal', async () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    for (let round = 0; round < 300; round += 1) {
      const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 400) }, () => random() * 256);
      const message = await readFacts({ bytes }, { bytes }).then(
        () => 'accepted',
        (error: Error) => error.message,
      );
      expect(message).toMatch(/^(it is|accepted)/);
    }
  });

  it('refuses messages that nest without end', async () => {
    let graph: Uint8Array = new Uint8Array();
    // graph → node → attribute → graph → …
    for (let depth = 0; depth < 60; depth += 1) graph = field(1, field(5, field(6, graph)));
    const bytes = field(7, graph);
    expect(await refusal(file('deep.onnx', bytes))).toMatch(/nest deeper than 100/);
  });

  it('says why a path is no file', async () => {
    mkdirSync(join(folder, 'models'), { recursive: true });
    expect(await refusal(join(folder, 'none.onnx'))).toBe('there is no such file');
    expect(await refusal(join(folder, 'models'))).toBe('it is a directory, not a file');
    expect(await refusal(join(file('flat', 'x'), 'm.onnx'))).toMatch(/is a file, not a directory/);
    expect(await refusal('/dev/zero')).toBe('it is not a regular file');
    expect(await refusal(`/${'x'.repeat(10_000)}`)).toMatch(/ENAMETOOLONG/);
  });

  it('names the external data file that is missing or short', async () => {
    const path = join(folder, 'external.onnx');
    copyFileSync(fixture('external.onnx'), path);
    const data = join(folder, 'external.bin');
    expect(await refusal(path)).toBe(`its external data file ${data} cannot be read: there is no such file`);
    file('external.bin', 'x'.repeat(8));
    expect(await refusal(path)).toBe(`its external data file ${data} has 8 bytes where 48 are needed`);
  });

  it('looks for no external data that is handed in', async () => {
    const bytes = readFileSync(fixture('external.onnx'));
    const sessionOptions = { externalData: [{ path: 'external.bin', data: new Uint8Array(48) }] };
    expect(await readFacts({ bytes }, { bytes, sessionOptions })).toMatchObject({ weightBytes: 48 });
    await expect(readFacts({ bytes }, { bytes })).rejects.toThrow(join(process.cwd(), 'external.bin'));
  });
});

/** `ModelProto { graph { initializer { raw_data } } }` of 100,000 bytes. */
/** A node of the type `Conv`. */
const CONVOLUTION = field(1, field(4, Buffer.from('Conv')));

/** Weights of these dimensions, a varint each: all in one field, or each in one of its own. */
function kernel(shape: readonly number[], packed: boolean): Buffer {
  const dims = shape.map((size) => (size < 0x80 ? [size] : [(size & 0x7f) | 0x80, size >> 7]));
  const stored = packed
    ? field(1, Buffer.from(dims.flat()))
    : Buffer.from(dims.flatMap((size) => [0x08, ...size]));
  const bytes = 4 * shape.reduce((product, size) => product * size, 1);
  return field(5, Buffer.concat([stored, field(9, new Uint8Array(bytes))]));
}

function bigTensor(): Buffer {
  return field(7, field(5, field(9, new Uint8Array(100_000))));
}
