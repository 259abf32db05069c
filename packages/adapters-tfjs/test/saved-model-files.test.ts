import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WarmsetError } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { type SavedModelOptions, savedModel } from '../src/index.js';
import { metaGraphs } from '../src/saved-model/meta-graphs.js';
import { savedModelPorts } from '../src/saved-model/ports.js';
import { readFields } from '../src/saved-model/wire-reader.js';
import { loadContext, rejection } from './support/driver.js';
import { fixture, hasShared, SHARED_MODELS, temporaryFolder } from './support/files.js';

const graph = (name: string) => fixture(`saved-models/${name}/saved_model.pb`);

/** A copy of a committed SavedModel, to be spoilt. */
function copy(name: string, spoil: (folder: string) => void): string {
  const folder = join(temporaryFolder(), name);
  cpSync(fixture(`saved-models/${name}`), folder, { recursive: true });
  spoil(folder);
  return folder;
}

async function reasonFor(options: SavedModelOptions): Promise<string> {
  const { estimateBytes, load } = savedModel(options);
  const error = (await rejection((estimateBytes as () => Promise<number>)())) as WarmsetError;
  expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', retriable: false });
  // A load says the same, and needs no runtime to say it.
  const later = (await rejection(Promise.resolve(load(loadContext())))) as WarmsetError;
  const text = error.message.replace(/^Cannot/, '');
  expect(later.message).toBe(`Model "m": cannot${text}`);
  return text;
}

describe('a folder that cannot be loaded fails in the estimate, before anything is evicted for it', () => {
  it.each<[string, () => string, string]>([
    ['a missing folder', () => join(temporaryFolder(), 'no'), 'there is no such file'],
    [
      'a file',
      () => graph('two-inputs'),
      'it is a file; a SavedModel is a folder with a saved_model.pb in it',
    ],
    ['an empty folder', () => temporaryFolder(), 'there is no saved_model.pb in it: there is no such file'],
    [
      'a TensorFlow.js model’s folder',
      () => fixture('tiny-graph'),
      'there is a model.json in it: that is for tfjsModel()',
    ],
    [
      'an empty graph',
      () => copy('two-inputs', (folder) => truncateSync(join(folder, 'saved_model.pb'), 0)),
      'its saved_model.pb is empty',
    ],
    [
      'a truncated graph',
      () => copy('two-inputs', (folder) => truncateSync(join(folder, 'saved_model.pb'), 300)),
      'its saved_model.pb is cut short or something else: it ends too early',
    ],
    [
      'random bytes',
      () =>
        copy('two-inputs', (folder) =>
          writeFileSync(join(folder, 'saved_model.pb'), Buffer.from('ff00ff00ff', 'hex')),
        ),
      'its saved_model.pb is cut short or something else',
    ],
    [
      'JSON',
      () => copy('two-inputs', (folder) => writeFileSync(join(folder, 'saved_model.pb'), '{"a": 1}')),
      'its saved_model.pb is cut short or something else',
    ],
    [
      'a graph of nothing',
      () =>
        copy('two-inputs', (folder) =>
          writeFileSync(join(folder, 'saved_model.pb'), Buffer.from('0801', 'hex')),
        ),
      'there is no graph in it',
    ],
    [
      'a graph as text',
      () =>
        copy('two-inputs', (folder) => {
          rmSync(join(folder, 'saved_model.pb'));
          writeFileSync(join(folder, 'saved_model.pbtxt'), 'x');
        }),
      'which tfjs-node does not read',
    ],
    [
      'a float64 input',
      () => fixture('saved-models/float64'),
      'its input "x" is DT_DOUBLE, which tfjs-node cannot carry',
    ],
    [
      'a uint8 output',
      () => fixture('saved-models/uint8-output'),
      'its output "y" is DT_UINT8, which tfjs-node cannot carry',
    ],
  ])('%s', async (_what, make, reason) => {
    const path = make();
    const text = await reasonFor({ path });
    expect(text).toContain(` load ${path}: `);
    expect(text).toContain(reason);
  });

  it('a folder of versions is told from one of them', async () => {
    const folder = temporaryFolder();
    for (const version of ['9', '10', 'assets']) mkdirSync(join(folder, version));
    expect(await reasonFor({ path: folder })).toContain(`give one of them, such as ${join(folder, '10')}`);
  });

  it('tags and signatures that are not there are told from those that are', async () => {
    const path = fixture('saved-models/convolution');
    expect(await reasonFor({ path })).toContain('it has no graph with tags [serve]; there is [serve, cpu]');
    const text = await reasonFor({ path, tags: ['cpu', 'serve'], signature: 'other' });
    expect(text).toContain('it has no signature "other"; there is "serving_default"');
  });

  it('variables that are missing or incomplete are named', async () => {
    const spoilt = (spoil: (variables: string) => void) => ({
      path: copy('convolution', (folder) => spoil(join(folder, 'variables'))),
      tags: ['serve', 'cpu'],
    });
    expect(await reasonFor(spoilt((variables) => rmSync(variables, { recursive: true })))).toContain(
      'its variables are missing: ',
    );
    expect(await reasonFor(spoilt((variables) => rmSync(join(variables, 'variables.index'))))).toContain(
      'no variables.index in ',
    );
    expect(
      await reasonFor(spoilt((variables) => rmSync(join(variables, 'variables.data-00000-of-00001')))),
    ).toContain('0 of the variables.data files');
    const half = spoilt((variables) =>
      cpSync(
        join(variables, 'variables.data-00000-of-00001'),
        join(variables, 'variables.data-00000-of-00002'),
      ),
    );
    expect(await reasonFor(half)).toContain('its variables are incomplete');
  });
});

describe('what a saved_model.pb says', () => {
  it('is read as tensor types, shapes and free dimensions', () => {
    const [only] = metaGraphs(readFileSync(graph('every-dtype')));
    expect(only?.tags).toEqual(['serve']);
    expect(only?.hasVariables).toBe(false);
    const signature = only?.signatures.get('serving_default');
    expect(signature && savedModelPorts(signature).signature).toEqual({
      inputs: [
        { name: 'b', dtype: 'bool', shape: [2] },
        { name: 'i', dtype: 'int32', shape: [-1] },
        { name: 'k', dtype: 'int64', shape: [-1] },
        { name: 's', dtype: 'string', shape: [-1] },
        { name: 'u', dtype: 'uint8', shape: [-1] },
        { name: 'x', dtype: 'float32', shape: [-1, 3] },
      ],
      outputs: [
        { name: 'as_int', dtype: 'int32', shape: [-1] },
        { name: 'doubled', dtype: 'float32', shape: [-1, 3] },
        { name: 'joined', dtype: 'string', shape: [-1] },
        { name: 'next', dtype: 'int64', shape: [-1] },
        { name: 'not', dtype: 'bool', shape: [2] },
        { name: 'squared', dtype: 'int32', shape: [-1] },
      ],
    });
  });

  it('tells an unknown number of dimensions from none', () => {
    const signature = metaGraphs(readFileSync(graph('unknown-rank')))[0]?.signatures.get('serving_default');
    expect(signature?.inputs).toEqual([{ name: 'x', dtype: 1, shape: undefined }]);
    expect(signature && savedModelPorts(signature).unrankedInputs).toEqual(['x']);
  });

  it.skipIf(!hasShared)('is read of models from elsewhere', async () => {
    const signatures = (path: string) =>
      [
        ...(metaGraphs(
          readFileSync(join(SHARED_MODELS, 'savedmodel', path, 'saved_model.pb')),
        )[0]?.signatures.keys() ?? []),
      ].sort();
    expect(signatures('saved_model_half_plus_two_tf2_cpu/00000123')).toContain('serving_default');
    expect(signatures('module_with_multiple_signatures')).toEqual(['serving_default', 'timestwo']);
  });
});

describe('readFields', () => {
  it('reads numbers, and passes over what has a fixed length', () => {
    expect(readFields(Buffer.from('089601', 'hex'))).toEqual([{ number: 1, value: 150n }]);
    expect(readFields(Buffer.from('0d00000000' + '110000000000000000' + '1802', 'hex'))).toMatchObject([
      { number: 1 },
      { number: 2 },
      { number: 3, value: 2n },
    ]);
  });

  it.each([
    ['80', 'it ends too early'],
    ['0a05ab', 'it ends too early'],
    ['0affffffffffffffffff01', 'it ends too early'],
    ['ffffffffffffffffffffff', 'it is no protocol buffer'],
    ['0b', 'it is no protocol buffer'],
    ['00', 'it is no protocol buffer'],
  ])('refuses %s', (hex, reason) => {
    expect(() => readFields(Buffer.from(hex, 'hex'))).toThrow(reason);
  });
});
