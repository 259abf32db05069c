import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Adapters } from '../../src/cli/models/adapters.js';
import { checkModels } from '../../src/cli/models/check-models.js';
import { modelsOfFolder } from '../../src/cli/models/from-folder.js';

let project = '';

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'warmset-project-'));
});

afterEach(() => rm(project, { recursive: true, force: true }));

async function file(path: string, text = ''): Promise<void> {
  await mkdir(dirname(join(project, path)), { recursive: true });
  await writeFile(join(project, path), text);
}

/** A package of the project's own, of one file. */
async function install(name: string, text: string): Promise<void> {
  await file(
    `node_modules/${name}/package.json`,
    `{ "type": "module", "exports": { ".": { "default": "./index.js" } } }`,
  );
  await file(`node_modules/${name}/index.js`, text);
}

it('takes the adapter of the project, not the one beside the command', async () => {
  await install(
    '@warmset/adapters-onnx',
    'export const onnxModel = (options) => ({ load: () => 1, metadata: options });',
  );
  await install('onnxruntime-node', '');
  const factory = await new Adapters([project]).factory('onnx', 'heart');
  expect(factory({ path: 'a.onnx' })).toMatchObject({ metadata: { path: 'a.onnx' } });
});

it('says what to install where the adapter has no such function', async () => {
  await install('@warmset/adapters-tfjs', 'export const tfjsModel = () => ({});');
  await expect(new Adapters([project]).factory('keras', 'liver')).rejects.toMatchObject({
    code: 'ERR_RUNTIME_MISSING',
    message: expect.stringMatching(
      /^Model "liver" needs kerasModel\(\) of @warmset\/adapters-tfjs, .* Run: npm install /,
    ),
  });
});

it('serves the others where one has no adapter', async () => {
  await install('@warmset/adapters-onnx', 'export const onnxModel = ({ path }) => ({ load: () => path });');
  await install('@warmset/adapters-tfjs', '');
  await install('onnxruntime-node', '');
  await file('models/heart.onnx');
  await file('models/lung/model.json');
  const { models } = await modelsOfFolder(join(project, 'models'), new Adapters([project]));
  expect(Object.keys(models)).toEqual(['heart', 'lung']);
  expect((await checkModels(models)).broken).toEqual(['lung']);
});
