import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encode } from '../../examples/models/heart/encoder.js';
import { ConsumerProject } from './project.js';

const models = fileURLToPath(new URL('../../examples/models', import.meta.url));
const packageNames = ['@warmset/registry', '@warmset/adapters-onnx', '@warmset/adapters-tfjs'];

let project: ConsumerProject;
beforeAll(async () => {
  // Neither TensorFlow.js nor vitest: those who do not use them need not install them.
  project = await ConsumerProject.create({
    'onnxruntime-node': 'packages/adapters-onnx',
    typescript: '.',
    '@types/node': '.',
  });
});
afterAll(() => project?.remove());

describe.each(packageNames)('the tarball of %s', (name) => {
  it('holds the built files, the README and the licence, and nothing else', () => {
    const folder = join(project.folder, 'node_modules', name);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
    const outside = files.filter((path) => !path.startsWith('dist/')).sort();
    expect(outside).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(files.filter((path) => !/\.(js|d\.ts|map)$/.test(path) && path.startsWith('dist/'))).toEqual([]);
  });

  it('names real versions, where it comes from, and its licence', () => {
    const text = readFileSync(join(project.folder, 'node_modules', name, 'package.json'), 'utf8');
    expect(text).not.toMatch(/workspace:|catalog:/);
    expect(JSON.parse(text)).toMatchObject({
      name,
      type: 'module',
      license: 'Apache-2.0',
      engines: { node: '>=20.19' },
      repository: { type: 'git', directory: name.replace('@warmset', 'packages') },
      publishConfig: { access: 'public', provenance: true },
    });
  });
});

describe('in an empty project with the packed packages, installed by npm', () => {
  const expected = { answer: 42, onnx: ['onnxModel'], tfjs: ['savedModel', 'tfjsModel'] };

  it('an ES module imports them', async () => {
    expect(await project.script('esm.mjs')).toEqual(expected);
  });

  it('a CommonJS file requires them', async () => {
    expect(await project.script('require.cjs')).toEqual(expected);
  });

  it.each([...packageNames, '@warmset/registry/adapter'])('require and import give one %s', async (entry) => {
    const { same, different } = (await project.script('one-copy.cjs', entry)) as Record<string, string[]>;
    expect(different).toEqual([]);
    expect(same).not.toEqual([]);
  });

  it('require and import give the same fakes', async () => {
    const { same, different } = (await project.script('one-copy.cjs', '@warmset/registry/testing')) as Record<
      string,
      string[]
    >;
    // The suite finds its test runner in another way where it may not wait for an import.
    expect(different).toEqual(['describeAdapter']);
    expect(same).toEqual(expect.arrayContaining(['FakeClock', 'fakeMemoryProbe', 'fakeModel']));
  });

  it.each(['testing.mjs', 'testing.cjs'])(
    '%s loads a fake model in fake time, without vitest',
    async (file) => {
      expect(await project.script(file)).toEqual({ state: 'ready', loadMs: 60_000 });
    },
  );

  it('a real ONNX model runs', async () => {
    const samples = JSON.parse(readFileSync(join(models, 'heart/samples.json'), 'utf8'));
    const [{ features, expected }] = samples;
    const row = Array.from(encode(features).features?.data as Float32Array);
    const result = await project.script(
      'run-onnx.mjs',
      join(models, 'heart/heart.onnx'),
      JSON.stringify(row),
    );
    const { outputs, state, bytes } = result as {
      outputs: { probabilities: number[] };
      state: string;
      bytes: number;
    };
    expect(outputs.probabilities[1]).toBeCloseTo(expected.risk, 4);
    expect(state).toBe('ready');
    expect(bytes).toBeGreaterThan(0);
  });

  it('a model whose runtime is not installed says how to install it', async () => {
    expect(await project.script('no-runtime.mjs', join(models, 'lung/model.json'))).toEqual({
      isWarmsetError: true,
      code: 'ERR_RUNTIME_MISSING',
      message: expect.stringContaining('npm install @tensorflow/tfjs'),
    });
  });

  it.each([
    ['types.mts', 'node16', 'node16'],
    ['types.mts', 'nodenext', 'nodenext'],
    ['types.mts', 'esnext', 'bundler'],
    ['types.cts', 'nodenext', 'nodenext'],
  ])('%s type-checks with module %s and moduleResolution %s', async (file, module, moduleResolution) => {
    expect(await project.typeErrors(file, module, moduleResolution)).toEqual([]);
  });
});
