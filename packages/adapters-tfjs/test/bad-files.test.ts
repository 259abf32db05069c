import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WarmsetError } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { tfjsModel } from '../src/index.js';
import { load, loadContext, rejection } from './support/driver.js';
import { allocated } from './support/engine.js';
import { fixture, modelFiles, temporaryFolder } from './support/files.js';
import { constant, FLOAT, graphFiles, placeholder } from './support/graph.js';

const layersJson = JSON.parse(readFileSync(fixture('tiny-layers/model.json'), 'utf8'));
const layersWeights = readFileSync(fixture('tiny-layers/weights.bin'));

/** A file of some content, in a folder of its own. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

function layersWith(change: object): string {
  return modelFiles({ ...layersJson, ...change }, layersWeights);
}

const manifest = (group: object): object => ({
  weightsManifest: [{ ...layersJson.weightsManifest[0], ...group }],
});
const [firstSpec, ...otherSpecs] = layersJson.weightsManifest[0].weights;
const withSpec = (change: object): string =>
  layersWith(manifest({ weights: [{ ...firstSpec, ...change }, ...otherSpecs] }));

async function failure(path: string, step: 'estimate' | 'load'): Promise<WarmsetError> {
  const definition = tfjsModel({ path, runtime: 'cpu' });
  const estimate = definition.estimateBytes as () => Promise<number>;
  if (step === 'load') await estimate();
  const thrown = await rejection(
    step === 'load' ? Promise.resolve(definition.load(loadContext())) : estimate(),
  );
  expect(thrown).toBeInstanceOf(WarmsetError);
  return thrown as WarmsetError;
}

describe('a file that cannot be a model fails in the estimate, before anything is evicted for it', () => {
  it.each<[string, () => string, string | RegExp]>([
    ['a missing file', () => join(temporaryFolder(), 'model.json'), 'there is no such file'],
    [
      'a path through a file',
      () => join(file('a', '{}'), 'model.json'),
      'a part of its path is a file, not a directory',
    ],
    ['a directory', () => temporaryFolder(), 'it is a directory, not a file'],
    ['an empty file', () => file('model.json', ''), 'it is empty'],
    ['a file of blanks', () => file('model.json', ' \n '), 'it is not JSON'],
    [
      'a truncated file',
      () => file('model.json', JSON.stringify(layersJson).slice(0, 500)),
      /it is not valid JSON, perhaps cut short: .+/,
    ],
    [
      'random bytes',
      () => file('model.json', Buffer.from('9c1f0033aa00ff', 'hex')),
      'it is not JSON, as a TensorFlow.js model.json is',
    ],
    [
      'an ONNX file',
      () => file('m.onnx', Buffer.from('080712', 'hex')),
      'it is an ONNX file, for onnxModel() of @warmset/adapters-onnx',
    ],
    [
      'a Keras .h5',
      () => file('m.h5', Buffer.from('894844460d0a1a0a', 'hex')),
      'it is an HDF5 file, as Keras’s .h5 are',
    ],
    ['a .keras', () => file('m.keras', 'PK\x03\x04'), 'it is a zip archive, as .keras'],
    [
      'a SavedModel’s graph',
      () => fixture('saved-models/two-inputs/saved_model.pb'),
      'a SavedModel’s folder is for savedModel()',
    ],
    [
      'a Git LFS pointer',
      () => file('model.json', 'version https://git-lfs.github.com/spec/v1\n'),
      'run git lfs pull',
    ],
    ['a web page', () => file('model.json', '<!doctype html>'), 'it is an HTML or XML page'],
    ['other JSON', () => modelFiles({ name: 'app', version: '1' }), 'it has no "modelTopology"'],
    [
      'a topology of neither kind',
      () => layersWith({ modelTopology: { layers: [] } }),
      'neither a LayersModel’s',
    ],
    [
      'a format that the topology is not',
      () => layersWith({ format: 'graph-model' }),
      'its "format" is "graph-model", and its "modelTopology" a layers-model’s',
    ],
    ['a format that nobody knows', () => layersWith({ format: 'tf-lite' }), 'its "format" is "tf-lite"'],
    [
      'a graph whose nodes are no list',
      () => layersWith({ format: undefined, modelTopology: { node: {} } }),
      'is not a list of nodes',
    ],
    [
      'a graph’s node whose input is missing',
      () =>
        graphFiles({ nodes: [placeholder('x', [1]), { name: 'y', op: 'AddV2', input: ['x:0', '^gone'] }] }),
      'node "y" of its graph has an input "^gone", which is no node',
    ],
    [
      'a graph’s node without an op',
      () => graphFiles({ nodes: [{ name: 'x' } as never] }),
      'has no "name" or no "op"',
    ],
    [
      'a graph’s node whose inputs are no list',
      () => graphFiles({ nodes: [{ name: 'x', op: 'Relu', input: 'y' as never }] }),
      'the "input" of node "x" is not a list',
    ],
    ['no manifest', () => layersWith({ weightsManifest: undefined }), 'it has no "weightsManifest"'],
    [
      'a manifest without paths',
      () => layersWith({ weightsManifest: [{ weights: [] }] }),
      'has no "paths" or no "weights"',
    ],
    ['a weight without a name', () => withSpec({ name: undefined }), 'a weight in its manifest has no name'],
    [
      'a weight twice',
      () => withSpec({ name: 'hidden/bias' }),
      'weight "hidden/bias" is in its manifest twice',
    ],
    [
      'a weight of an unknown dtype',
      () => withSpec({ dtype: 'float64' }),
      'weight "hidden/kernel" has dtype "float64"',
    ],
    [
      'a weight of a shape that is none',
      () => withSpec({ shape: [3, -4] }),
      'weight "hidden/kernel" has a shape',
    ],
    [
      'an unknown quantization',
      () => withSpec({ quantization: { dtype: 'int4' } }),
      'has quantization "int4"',
    ],
    [
      'a quantization without a scale',
      () => withSpec({ quantization: { dtype: 'uint8', min: 0 } }),
      'without "scale" and "min"',
    ],
    [
      'a quantization that cannot be undone',
      () => withSpec({ dtype: 'bool', quantization: { dtype: 'uint8', min: 0, scale: 1 } }),
      'uint8 quantization of bool',
    ],
  ])('%s', async (_what, make, reason) => {
    const path = make();
    const error = await failure(path, 'estimate');
    expect(error.code).toBe('ERR_LOAD_FAILED');
    expect(error.message).toContain(`Cannot load ${path}: `);
    expect(error.message).toMatch(
      reason instanceof RegExp ? reason : new RegExp(reason.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')),
    );
    expect(error.retriable).toBe(false);
  });

  it('says so in the load too, where it was skipped, with the model’s name', async () => {
    const path = join(temporaryFolder(), 'model.json');
    const error = (await rejection(Promise.resolve(tfjsModel({ path }).load(loadContext())))) as WarmsetError;
    expect(error.message).toBe(`Model "m": cannot load ${path}: there is no such file.`);
    expect(error.modelName).toBe('m');
  });

  it('also with an estimate of the user’s own', async () => {
    const { estimateBytes } = tfjsModel({ path: join(temporaryFolder(), 'no'), estimateBytes: 5 });
    expect(await rejection((estimateBytes as () => Promise<number>)())).toMatchObject({
      code: 'ERR_LOAD_FAILED',
    });
    for (const given of [5, () => 5, async () => 5]) {
      const fine = tfjsModel({ path: fixture('tiny-layers/model.json'), estimateBytes: given });
      expect(await (fine.estimateBytes as () => Promise<number>)()).toBe(5);
    }
  });
});

describe('weights files', () => {
  it.each([
    [
      'short',
      (shard: string) => truncateSync(shard, 100),
      'its weights file SHARD should be 104 bytes, got 100',
    ],
    ['empty', (shard: string) => truncateSync(shard, 0), 'its weights file SHARD should be 104 bytes, got 0'],
    [
      'too long',
      (shard: string) => writeFileSync(shard, new Uint8Array(105)),
      'its weights file SHARD should be 104 bytes, got 105',
    ],
  ])('that are %s are named, with the bytes', async (_what, spoil, reason) => {
    const path = layersWith({});
    const shard = join(dirname(path), 'weights.bin');
    spoil(shard);
    expect((await failure(path, 'estimate')).message).toContain(reason.replace('SHARD', shard));
  });

  it('that are missing are named', async () => {
    const path = layersWith(manifest({ paths: ['other.bin'] }));
    const error = await failure(path, 'estimate');
    expect(error.message).toContain(
      `its weights file ${join(dirname(path), 'other.bin')}: there is no such file`,
    );
  });

  it('of which there are several are read in order, and named with their sizes where they do not add up', async () => {
    const path = layersWith(manifest({ paths: ['one.bin', 'two.bin'] }));
    const folder = dirname(path);
    writeFileSync(join(folder, 'one.bin'), layersWeights.subarray(0, 30));
    writeFileSync(join(folder, 'two.bin'), layersWeights.subarray(30));
    const model = await load(tfjsModel({ path, runtime: 'cpu' }));
    expect(model.weightBytes).toBe(104);
    model.dispose();
    writeFileSync(join(folder, 'two.bin'), layersWeights.subarray(40));
    const { message } = await failure(path, 'estimate');
    expect(message).toContain('should be 104 bytes together, got 94 (one.bin 30, two.bin 64)');
  });

  it.each([
    '../secret.bin',
    '/etc/passwd',
    'a/../../secret.bin',
    'C:\\secret.bin',
    '..\\secret.bin',
    'https://example.org/w.bin',
    'file:///etc/passwd',
    '',
    'a\0b',
    7,
  ])('must lie in the model’s folder, which %j does not', async (path) => {
    const { message } = await failure(layersWith(manifest({ paths: [path] })), 'estimate');
    expect(message).toContain('is not a path inside the model’s folder');
  });

  it('may be links, as the caches of model hubs are', async () => {
    const path = layersWith(manifest({ paths: ['sub/link.bin'] }));
    mkdirSync(join(dirname(path), 'sub'));
    symlinkSync(fixture('tiny-layers/weights.bin'), join(dirname(path), 'sub/link.bin'));
    const model = await load(tfjsModel({ path, runtime: 'cpu' }));
    expect(model.weightBytes).toBe(104);
    model.dispose();
  });

  it('with texts are checked text by text', async () => {
    const texts = { name: 't', shape: [2], dtype: 'string' as const };
    const encoded = Buffer.concat(
      ['ab', 'c'].map((text) => Buffer.concat([Buffer.from([text.length, 0, 0, 0]), Buffer.from(text)])),
    );
    const nodes = [
      placeholder('x', [1]),
      constant('t', 'DT_STRING'),
      { name: 'y', op: 'Identity', input: ['x'], attr: { T: FLOAT } },
    ];
    const graph = (data: Uint8Array) => graphFiles({ nodes, weights: [{ ...texts, data }] });
    const model = await load(tfjsModel({ path: graph(encoded), runtime: 'cpu' }));
    expect(model.weightBytes).toBe(3);
    model.dispose();
    expect((await failure(graph(encoded.subarray(0, 6)), 'estimate')).message).toContain(
      'should be at least 8 bytes, got 6',
    );
    expect((await failure(graph(encoded.subarray(0, 10)), 'load')).message).toContain(
      'its weights should be 11 bytes, got 10',
    );
    expect((await failure(graph(Buffer.concat([encoded, Buffer.alloc(3)])), 'load')).message).toContain(
      'its weights should be 11 bytes, got 14',
    );
  });
});

describe('a model that fails half-way through its load leaves no tensor and no variable', () => {
  it.each<[string, () => string, string]>([
    [
      'a layer of an unknown class',
      () =>
        layersWith({
          modelTopology: {
            class_name: 'Sequential',
            config: {
              layers: [layersJson.modelTopology.config.layers[0], { class_name: 'Mystery', config: {} }],
            },
          },
        }),
      'Unknown layer: Mystery',
    ],
    ['a weight that no layer has', () => withSpec({ name: 'hidden/other' }), 'hidden/other'],
    ['a weight of another shape', () => withSpec({ shape: [4, 3] }), 'Shape'],
    [
      'an input of a type without data',
      () =>
        graphFiles({
          nodes: [placeholder('x', [1], 'DT_COMPLEX64'), constant('w')],
          weights: [{ name: 'w', shape: [2], dtype: 'float32', data: new Float32Array(2) }],
        }),
      'its input "x" is complex64',
    ],
  ])('%s', async (_what, make, reason) => {
    const path = make();
    await failure(path, 'load');
    const before = allocated();
    const error = await failure(path, 'load');
    expect(error.code).toBe('ERR_LOAD_FAILED');
    expect(error.message).toContain(`Model "m": cannot load ${path}: `);
    expect(error.message).toContain(reason);
    expect(allocated()).toEqual(before);
  });
});
