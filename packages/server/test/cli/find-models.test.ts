import { expect, it } from 'vitest';
import { findModels, kindOfFile } from '../../src/cli/models/find-models.js';
import type { Folder } from '../../src/cli/models/tree.js';

/** The folders and files of these paths, in a folder called `models`. */
function tree(...paths: readonly string[]): Folder {
  return folderOf('models', paths);
}

function folderOf(name: string, paths: readonly string[]): Folder {
  const files = paths.filter((path) => !path.includes('/')).sort();
  const names = [
    ...new Set(paths.filter((path) => path.includes('/')).map((path) => path.split('/')[0] ?? '')),
  ].sort();
  const within = (folder: string) =>
    paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
  return { name, files, folders: names.map((folder) => folderOf(folder, within(folder))) };
}

const found = (...paths: readonly string[]) =>
  findModels(tree(...paths)).map(({ label, kind, path, version }) =>
    [label, kind, path, version].filter((part) => part !== undefined).join(' '),
  );

it.each([
  ['a.onnx', 'onnx'],
  ['a.ONNX', 'onnx'],
  ['a.ort', 'onnx'],
  ['a.h5', 'keras'],
  ['a.hdf5', 'keras'],
  ['a.keras', 'keras'],
  ['model.json', 'tfjs'],
  ['saved_model.pb', 'saved-model'],
  ['package.json', undefined],
  ['a.weights.h5', undefined],
  ['model.weights.bin', undefined],
  ['readme.md', undefined],
])('knows %s as %s', (file, kind) => {
  expect(kindOfFile(file)).toBe(kind);
});

it('finds each kind, and calls it by its file or its folder', () => {
  expect(
    found(
      'heart.onnx',
      'lung/model.json',
      'lung/group1-shard1of1.bin',
      'liver/liver.h5',
      'skin/model.keras',
      'bert/saved_model.pb',
      'bert/variables/variables.index',
      'package.json',
      'samples.json',
    ),
  ).toEqual([
    'heart onnx heart.onnx',
    'bert saved-model bert',
    'liver keras liver/liver.h5',
    'lung tfjs lung/model.json',
    'skin keras skin/model.keras',
  ]);
});

it('serves the highest of numbered versions that has a model', () => {
  expect(
    found(
      'heart/1/model.onnx',
      'heart/2/model.onnx',
      'heart/10/model.onnx',
      'heart/11/README',
      'heart/config.pbtxt',
    ),
  ).toEqual(['heart onnx heart/10/model.onnx 10']);
});

it('reads the layouts of TensorFlow Serving and of Triton', () => {
  expect(
    found(
      'half/00000123/saved_model.pb',
      'half/00000123/variables/variables.index',
      'times/1/model.savedmodel/saved_model.pb',
      'web/3/model.json',
    ),
  ).toEqual([
    'half saved-model half/00000123 123',
    'times saved-model times/1/model.savedmodel 1',
    'web tfjs web/3/model.json 3',
  ]);
});

it('takes no number for a version where it holds several models', () => {
  expect(found('2024/heart.onnx', '2024/liver.onnx')).toEqual([
    'heart onnx 2024/heart.onnx',
    'liver onnx 2024/liver.onnx',
  ]);
});

it('serves a model whose own folder was given', () => {
  expect(found('1/model.onnx', '2/model.onnx')).toEqual(['models onnx 2/model.onnx 2']);
  expect(found('saved_model.pb', 'variables/variables.index')).toEqual(['models saved-model .']);
  expect(found('model.onnx')).toEqual(['models onnx model.onnx']);
});

it('finds nothing in a folder of other things', () => {
  expect(found('README.md', 'data/heart.csv')).toEqual([]);
});
