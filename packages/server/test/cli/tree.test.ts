import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findModels } from '../../src/cli/models/find-models.js';
import { readTree } from '../../src/cli/models/tree.js';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'warmset-tree-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function files(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), 'x');
  }
}

async function pathsIn(folder: string): Promise<string[]> {
  return findModels((await readTree(join(root, folder))).root).map(({ path }) => path);
}

it('reads names in order, and leaves out hidden ones and node_modules', async () => {
  await files(
    'models/b.onnx',
    'models/a.onnx',
    'models/.git/c.onnx',
    'models/node_modules/x/d.onnx',
    'models/z/e.onnx',
  );
  expect(await pathsIn('models')).toEqual(['a.onnx', 'b.onnx', 'z/e.onnx']);
});

it('follows no link out of the folder, and says so', async () => {
  await files('models/a.onnx', 'elsewhere/secret.onnx');
  await symlink(join(root, 'elsewhere'), join(root, 'models/folder'));
  await symlink('../elsewhere/secret.onnx', join(root, 'models/file.onnx'));
  await symlink('gone', join(root, 'models/broken.onnx'));
  const { skipped } = await readTree(join(root, 'models'));
  expect(await pathsIn('models')).toEqual(['a.onnx']);
  expect(skipped).toEqual([
    { path: 'broken.onnx', reason: 'it is a link to nothing' },
    { path: 'file.onnx', reason: 'it is a link that leads out of the folder' },
    { path: 'folder', reason: 'it is a link that leads out of the folder' },
  ]);
});

it('follows the links of a Kubernetes volume, once each', async () => {
  await files('models/..2026_11_20/heart.onnx');
  await symlink('..2026_11_20', join(root, 'models/..data'));
  await symlink('..data/heart.onnx', join(root, 'models/heart.onnx'));
  await symlink('heart.onnx', join(root, 'models/same.onnx'));
  expect(await pathsIn('models')).toEqual(['heart.onnx']);
});

it('walks no circle', async () => {
  await files('models/a/a.onnx');
  await symlink('..', join(root, 'models/a/up'));
  await symlink('.', join(root, 'models/self'));
  expect(await pathsIn('models')).toEqual(['a/a.onnx']);
});

it('takes a folder that is itself a link', async () => {
  await files('real/a.onnx');
  await symlink('real', join(root, 'models'));
  expect(await pathsIn('models')).toEqual(['a.onnx']);
});

it('is an error where the folder is not there', async () => {
  await expect(readTree(join(root, 'none'))).rejects.toThrow(/ENOENT/);
});
