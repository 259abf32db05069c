import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WarmsetError } from '@warmset/registry';
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type OnnxModelOptions, type OnnxRuntime, onnxModel } from '../src/index.js';
import { importRuntime, runtimeName } from '../src/runtime.js';
import { fixture, loadContext, rejection, withModel } from './support/models.js';

const folder = mkdtempSync(join(tmpdir(), 'warmset-onnx-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = fixture('linear.onnx');
const statusOf = (options: OnnxModelOptions) =>
  withModel(onnxModel(options), (registry) => registry.load('m'));

/** The real runtime, whose sessions are counted; `afterCreate` runs before a session is handed over. */
function countingRuntime(afterCreate: () => void = () => {}) {
  const counts = { created: 0, released: 0 };
  const create = async (source: string, options?: object) => {
    const session = await ort.InferenceSession.create(source, options);
    counts.created += 1;
    const release = session.release.bind(session);
    session.release = () => {
      counts.released += 1;
      return release();
    };
    afterCreate();
    return session;
  };
  return { counts, runtime: { ...ort, InferenceSession: { create } } as unknown as OnnxRuntime };
}

describe('a loaded model', () => {
  it('has the signature that its session states', async () => {
    const { signature } = await statusOf({ path });
    expect(signature).toEqual({
      inputs: [{ name: 'x', dtype: 'float32', shape: [-1, 4] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: [-1, 3] }],
    });
  });

  it('has no dimensions as a scalar', async () => {
    const { signature } = await statusOf({ path: fixture('scalar.onnx') });
    expect(signature?.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: [] }]);
  });

  it('says which outputs are not served', async () => {
    const classifier = await statusOf({ path: fixture('classifier.onnx') });
    expect(classifier.signature?.outputs).toEqual([{ name: 'label', dtype: 'int64', shape: [-1] }]);
    expect(classifier.runtime).toBe(
      `onnxruntime-node ${ort.env.versions.node} (cpu); outputs not served: probabilities`,
    );
    const packed = await statusOf({ path: fixture('uint4-output.onnx') });
    expect(packed.runtime).toMatch(/not served: packed$/);
  });

  it('names its runtime, and no more where all is served', async () => {
    expect((await statusOf({ path })).runtime).toBe(`onnxruntime-node ${ort.env.versions.node} (cpu)`);
    const sessionOptions = { executionProviders: [{ name: 'cpu' as const, useArena: false }] };
    expect((await statusOf({ path, sessionOptions })).runtime).toMatch(/ \(cpu\)$/);
    expect(
      runtimeName({ env: { versions: { common: '1', web: '2' } } } as never, {
        executionProviders: ['wasm'],
      }),
    ).toBe('onnxruntime-web 2 (wasm)');
    expect(runtimeName({ env: { versions: { common: '1' } } } as never, undefined)).toBe(
      'onnxruntime 1 (cpu)',
    );
  });

  it('loads from bytes, from a part of a buffer, and from an ArrayBuffer', async () => {
    const content = readFileSync(path);
    const larger = new Uint8Array(content.length + 20);
    larger.set(content, 10);
    const part = larger.subarray(10, 10 + content.length);
    for (const bytes of [content, part, part.slice().buffer]) {
      expect((await statusOf({ bytes })).signature?.inputs).toHaveLength(1);
    }
  });

  it('hands session options on', async () => {
    const optimized = join(folder, 'linear.ort');
    await statusOf({
      path,
      sessionOptions: {
        graphOptimizationLevel: 'basic',
        optimizedModelFilePath: optimized,
        extra: { session: { save_model_format: 'ORT' } },
      },
    });
    // What was asked for is there, and is itself a model.
    expect((await statusOf({ path: optimized })).signature?.inputs).toHaveLength(1);
    expect((await statusOf({ bytes: readFileSync(optimized) })).signature?.inputs).toHaveLength(1);
    const renamed = join(folder, 'renamed.onnx');
    copyFileSync(optimized, renamed);
    const sessionOptions = { extra: { session: { load_model_format: 'ORT' } } };
    expect((await statusOf({ path: renamed, sessionOptions })).signature?.inputs).toHaveLength(1);
    await expect(statusOf({ path: renamed })).rejects.toThrow(/rename it to end in \.ort/);
  });

  it('takes external data in memory', async () => {
    const sessionOptions = {
      externalData: [{ path: 'external.bin', data: readFileSync(fixture('external.bin')) }],
    };
    const { state } = await statusOf({ bytes: readFileSync(fixture('external.onnx')), sessionOptions });
    expect(state).toBe('ready');
  });
});

describe('a load that fails', () => {
  it.each<[what: string, options: OnnxModelOptions, message: RegExp]>([
    [
      'an input that is a sequence',
      { path: fixture('sequence-input.onnx') },
      /sequence-input\.onnx: its input "s" is a sequence, map or optional/,
    ],
    [
      'no output that is a tensor',
      { path: fixture('sequence-output.onnx') },
      /none of its outputs \(s\) is a tensor/,
    ],
    [
      'a type without an array',
      { path: fixture('bfloat16.onnx') },
      /is of type bfloat16, which onnxruntime-node has no array for/,
    ],
    [
      'a session option of a wrong type',
      { path, sessionOptions: { intraOpNumThreads: 'all' as never } },
      /intraOpNumThreads must be a number/,
    ],
    [
      'an unknown execution provider',
      { path, sessionOptions: { executionProviders: ['abacus'] } },
      /\[abacus\] backend not found/,
    ],
    [
      'external data that is no list',
      { path, sessionOptions: { externalData: 'external.bin' as never } },
      /externalData must be an array/,
    ],
  ])('says so of %s', async (_what, options, message) => {
    const error = await rejection(statusOf(options));
    expect(error).toBeInstanceOf(WarmsetError);
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', modelName: 'm', cause: expect.any(Error) });
    expect(String(error)).toMatch(message);
  });

  it('says so of a graph that the runtime refuses', async () => {
    const broken = join(folder, 'broken.onnx');
    // The name of the operator, MatMul, spelt as none there is.
    writeFileSync(broken, readFileSync(path).toString('latin1').replace('MatMul', 'MatMal'), 'latin1');
    const error = await rejection(statusOf({ path: broken }));
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', retriable: false });
    expect(String(error)).toMatch(/broken\.onnx: .*MatMal/s);
  });

  it('reads no external data from outside the model’s folder', async () => {
    const inner = mkdtempSync(join(folder, 'inner-'));
    copyFileSync(fixture('external.bin'), join(folder, 'other.bin'));
    const escaping = readFileSync(fixture('external.onnx'), 'latin1').replace('external.bin', '../other.bin');
    writeFileSync(join(inner, 'm.onnx'), escaping, 'latin1');
    const error = await rejection(statusOf({ path: join(inner, 'm.onnx') }));
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED' });
    expect(String(error)).toMatch(/External data path escapes model directory/);
  });

  it('releases the session that turned out not to be usable', async () => {
    for (const file of ['sequence-input.onnx', 'sequence-output.onnx']) {
      const { counts, runtime } = countingRuntime();
      await rejection(statusOf({ path: fixture(file), ort: runtime }));
      expect(counts).toEqual({ created: 1, released: 1 });
    }
  });

  it('says so of a runtime from before sessions described themselves', async () => {
    const release = vi.fn();
    const create = async () => ({ release });
    const old = {
      ...ort,
      InferenceSession: { create },
      env: { versions: { common: '1.20.1', node: '1.20.1' } },
    };
    const error = await rejection(statusOf({ path, ort: old as unknown as OnnxRuntime }));
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED' });
    expect(String(error)).toMatch(
      /onnxruntime-node 1\.20\.1 \(cpu\) is too old, 1\.22 is needed: run npm install/,
    );
    expect(release).toHaveBeenCalledTimes(1);
  });

  it('does not begin once it was given up', async () => {
    const { counts, runtime } = countingRuntime();
    const signal = AbortSignal.abort(new Error('given up'));
    const { load } = onnxModel({ path, ort: runtime });
    await expect(load(loadContext(signal))).rejects.toThrow('given up');
    expect(counts.created).toBe(0);
  });

  it('releases a session that comes after it was given up', async () => {
    const givenUp = new AbortController();
    const { counts, runtime } = countingRuntime(() => givenUp.abort(new Error('given up')));
    const { load } = onnxModel({ path, ort: runtime });
    await expect(load(loadContext(givenUp.signal))).rejects.toThrow('given up');
    expect(counts).toEqual({ created: 1, released: 1 });
  });
});

describe('importRuntime', () => {
  const missing = (code: string) =>
    Object.assign(new Error("Cannot find package 'onnxruntime-node' imported from /app/x.js"), { code });

  it('gives the install command where the package is missing', async () => {
    const error = await rejection(
      importRuntime('heart', () => Promise.reject(missing('ERR_MODULE_NOT_FOUND'))),
    );
    expect(error).toMatchObject({ code: 'ERR_RUNTIME_MISSING', modelName: 'heart', retriable: false });
    expect(String(error)).toMatch(/npm install onnxruntime-node/);
  });

  it('says so where it is there and does not start', async () => {
    const broken = new Error('libonnxruntime.so.1: cannot open shared object file');
    const error = await rejection(importRuntime('heart', () => Promise.reject(broken)));
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', cause: broken });
  });

  it('finds the runtime where it comes as the default', async () => {
    expect(await importRuntime('heart', async () => ({ default: ort as OnnxRuntime }))).toBe(ort);
    expect((await importRuntime('heart')).InferenceSession.create).toBeTypeOf('function');
  });

  it('is not called where a runtime is handed in', async () => {
    const { counts, runtime } = countingRuntime();
    const imported = vi.fn();
    vi.doMock('onnxruntime-node', imported);
    await statusOf({ path, ort: runtime });
    vi.doUnmock('onnxruntime-node');
    expect(imported).not.toHaveBeenCalled();
    expect(counts).toEqual({ created: 1, released: 1 });
  });
});
