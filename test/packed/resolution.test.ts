import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encode } from '../../examples/models/heart/encoder.js';
import { nodeBinary } from '../../scripts/lib/node-binary.mjs';
import { ConsumerProject, pnpm } from './project.js';

const heart = fileURLToPath(new URL('../../examples/models/heart/', import.meta.url));
const model = join(heart, 'heart.onnx');
const [sample] = JSON.parse(readFileSync(join(heart, 'samples.json'), 'utf8'));
const row = JSON.stringify(Array.from(encode(sample.features).features?.data as Float32Array));
const peers = { 'onnxruntime-node': 'packages/adapters-onnx' };
const inProcess = {
  warnings: [],
  risk: expect.closeTo(sample.expected.risk, 4),
  isolation: 'process',
  outside: 1,
};

let project: ConsumerProject;
beforeAll(async () => {
  project = await ConsumerProject.create(
    { ...peers, tsx: '.' },
    { others: ['esbuild@0.28', '@types/node@20'] },
  );
});
afterAll(() => project?.remove());

/** What a program printed that was given the model and the row. */
async function predict(command: string, args: string[], cwd?: string): Promise<unknown> {
  return JSON.parse(await project.run(command, args, cwd));
}

describe('a model predicts in a process host', () => {
  it('of an ES module', async () => {
    expect(await project.script('predict.mjs', model, row)).toEqual(inProcess);
  });

  it('of a CommonJS file', async () => {
    expect(await project.script('predict.cjs', model, row)).toEqual(inProcess);
  });

  it('of TypeScript run by tsx', async () => {
    const tsx = join(project.folder, 'node_modules/tsx/dist/cli.mjs');
    expect(await project.script(tsx, 'predict.mts', model, row)).toEqual(inProcess);
  });

  it('of TypeScript whose types Node strips', async () => {
    const node = await nodeBinary('24');
    expect(await predict(node, ['predict.mts', model, row])).toEqual(inProcess);
  });

  it('of a caller in another folder than the packages', async () => {
    const args = [join(project.folder, 'predict.mjs'), model, row];
    expect(await predict(process.execPath, args, '/')).toEqual(inProcess);
  });

  it('in the layout of pnpm', async () => {
    const linked = await ConsumerProject.create(peers, { installer: pnpm });
    try {
      expect(await linked.script('predict.mjs', model, row)).toEqual(inProcess);
      expect(await linked.script('predict.cjs', model, row)).toEqual(inProcess);
    } finally {
      linked.remove();
    }
  });
});

describe('a server bundled by esbuild', () => {
  const isolation = (options: object) => JSON.stringify(options);

  it('works where packages are external', async () => {
    await bundle('predict.mjs', 'external.mjs', '--packages=external', '--format=esm');
    expect(await project.script('external.mjs', model, row)).toEqual(inProcess);
  });

  it('works in one file beside the installed packages', async () => {
    await bundle('predict.mjs', 'beside.mjs', '--external:onnxruntime-node', '--format=esm');
    expect(await project.script('beside.mjs', model, row)).toEqual(inProcess);
  });

  describe.each([
    ['ES module', 'predict.mjs', 'server.mjs', 'esm'],
    ['CommonJS file', 'predict.cjs', 'server.cjs', 'cjs'],
  ])('alone with its runtime, as one %s', (_, source, file, format) => {
    let deployed: string;
    const run = (options: object) =>
      predict(process.execPath, [join(deployed, file), model, row, isolation(options)], deployed);
    beforeAll(async () => {
      deployed = `${project.folder}-${format}`;
      mkdirSync(join(deployed, 'node_modules'), { recursive: true });
      const runtime = join(project.folder, 'node_modules/onnxruntime-node');
      symlinkSync(runtime, join(deployed, 'node_modules/onnxruntime-node'));
      await bundle(source, join(deployed, file), '--external:onnxruntime-node', `--format=${format}`);
    });
    afterAll(() => rmSync(deployed, { recursive: true, force: true }));

    it('says what to configure', async () => {
      expect(await run({})).toMatchObject({
        error: { code: 'ERR_MODEL_INVALID', message: expect.stringContaining('isolation: { hostFile }') },
      });
    });

    it('works with `hostFile`', async () => {
      const hostFile = join(project.folder, 'node_modules/@warmset/registry/dist/isolation/host-main.js');
      expect(await run({ hostFile })).toEqual(inProcess);
      expect(await run({ hostFile: pathToFileURL(hostFile).href })).toEqual(inProcess);
    });

    it('loads inline, with a warning, with `fallback`', async () => {
      expect(await run({ fallback: 'inline' })).toEqual({
        ...inProcess,
        warnings: [expect.stringContaining('"heart" is loaded inline')],
        isolation: 'inline',
        outside: 0,
      });
    });
  });

  async function bundle(source: string, output: string, ...options: string[]): Promise<void> {
    const esbuild = join(project.folder, 'node_modules/esbuild/bin/esbuild');
    const args = [source, '--bundle', '--platform=node', `--outfile=${output}`, '--log-level=error'];
    await project.run(process.execPath, [esbuild, ...args, ...options]);
  }
});
