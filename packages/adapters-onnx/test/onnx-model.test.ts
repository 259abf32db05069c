import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelRegistry } from '@warmset/registry';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { onnxModel } from '../src/index.js';
import { canSeeWhatIsLeft, heavy, WEIGHTS_OF_FIFTEEN_ROUNDS, whatIsLeftBy } from './support/leftovers.js';
import { fixture, loadContext, rejection, withModel } from './support/models.js';

const folder = mkdtempSync(join(tmpdir(), 'warmset-onnx-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = fixture('linear.onnx');

function file(name: string, content: string | Uint8Array): string {
  const written = join(folder, name);
  writeFileSync(written, content);
  return written;
}

describe('estimateBytes', () => {
  const estimate = (options: Parameters<typeof onnxModel>[0]) =>
    (onnxModel(options).estimateBytes as () => Promise<number>)();

  it('is a bound that the file gives, or what the user states', async () => {
    expect(await estimate({ path })).toBeGreaterThan(2 ** 20);
    expect(await estimate({ path: fixture('external.onnx') })).toBeGreaterThan(2 ** 20);
    expect(await estimate({ bytes: readFileSync(path) })).toBe(await estimate({ path }));
    expect(await estimate({ path, estimateBytes: 12_345 })).toBe(12_345);
    expect(await estimate({ path, estimateBytes: async () => 54_321 })).toBe(54_321);
  });

  it.each([
    ['a missing file', () => join(folder, 'none.onnx'), /cannot load .*none\.onnx: there is no such file/i],
    ['a directory', () => folder, /it is a directory, not a file/],
    ['an empty file', () => file('empty.onnx', ''), /it is empty/],
    ['a file cut short', () => file('cut.onnx', readFileSync(path).subarray(0, 99)), /it ends too early/],
    ['a model.json', () => file('model.json', '{"format":"layers-model"}'), /it is JSON, not ONNX/],
  ])('fails for %s before another model is evicted for it', async (_what, pathOf, message) => {
    const badPath = pathOf();
    for (const stated of [{}, { estimateBytes: 900 }]) {
      const registry = new ModelRegistry({
        // The budget is of a size that no host would fit.
        isolation: 'inline',
        models: {
          good: onnxModel({ path, estimateBytes: 900 }),
          bad: onnxModel({ path: badPath, ...stated }),
        },
        memory: { budgetBytes: 1000 },
      });
      await registry.load('good');
      const error = await rejection(registry.load('bad'));
      expect(error).toMatchObject({
        code: 'ERR_LOAD_FAILED',
        modelName: 'bad',
        retriable: false,
        cause: expect.any(Error),
      });
      expect(String(error)).toMatch(message);
      expect(String(error)).toContain(badPath);
      expect(registry.status('good')).toMatchObject({ state: 'ready', evictions: 0 });
      expect(registry.status('bad')).toMatchObject({ loadFailures: 1, memory: { bytes: 0 } });
      await registry.close();
    }
  });
});

describe('dispose', () => {
  it('releases the session once, however often it is called', async () => {
    const definition = onnxModel({ path });
    const loaded = await definition.load(loadContext());
    const release = vi.spyOn(loaded.session, 'release');
    await definition.dispose?.(loaded);
    await definition.dispose?.(loaded);
    expect(release).toHaveBeenCalledTimes(1);
  });
});

describe('portable', () => {
  it('is what another thread needs to load the same model', async () => {
    const sessionOptions = { intraOpNumThreads: 1 };
    const { portable } = onnxModel({ path, sessionOptions, pinned: true, estimateBytes: 5 });
    expect(portable).toEqual({
      module: expect.stringMatching(/^file:\/\/\//),
      export: 'onnxModel',
      options: { path, sessionOptions },
    });
    const { [String(portable?.export)]: make } = await import(String(portable?.module));
    const there = make(structuredClone(portable?.options)) as ReturnType<typeof onnxModel>;
    expect(await withModel(there, (registry) => registry.load('m'))).toMatchObject({ state: 'ready' });
  });

  it('carries bytes', () => {
    const bytes = readFileSync(path);
    expect(onnxModel({ bytes }).portable?.options).toEqual({ bytes });
  });

  it('is absent where a function or a runtime was handed in', async () => {
    const ort = await import('onnxruntime-node');
    expect(onnxModel({ path, ort }).portable).toBeUndefined();
    expect(onnxModel({ path, warmup: () => {} }).portable).toBeUndefined();
    expect(onnxModel({ path, sessionOptions: { extra: { log: () => {} } } }).portable).toBeUndefined();
  });
});

describe('warmup', () => {
  it('sees the model before the first request, and a failure fails the load', async () => {
    const warmup = vi.fn();
    await withModel(onnxModel({ path, warmup }), (registry) => registry.load('m'));
    expect(warmup).toHaveBeenCalledWith(expect.objectContaining({ session: expect.anything() }));
    const failing = onnxModel({ path, warmup: () => Promise.reject(new Error('cold')) });
    expect(await rejection(withModel(failing, (registry) => registry.load('m')))).toMatchObject({
      code: 'ERR_LOAD_FAILED',
    });
  });
});

describe.skipIf(!canSeeWhatIsLeft)('what a model leaves behind', () => {
  it('is no file handle, loaded or failed', async () => {
    const cycle = async (): Promise<void> => {
      for (const name of [
        'linear.onnx',
        'external.onnx',
        'sequence-input.onnx',
        'bfloat16.onnx',
        'none.onnx',
      ]) {
        await withModel(onnxModel({ path: fixture(name) }), (registry) => registry.load('m')).catch(() => {});
      }
    };
    expect((await whatIsLeftBy(cycle)).handles).toBe(0);
  });

  it.each([
    ['a load that fails in the runtime', 'broken', /MatMal/],
    ['a session that is released for what it is', 'sequence-input.onnx', /is a sequence/],
    ['a model that is evicted', 'linear.onnx', undefined],
  ])('is no memory that grows, after %s', async (_what, name, failure) => {
    const bytes = heavy(fixture(name === 'broken' ? 'linear.onnx' : name));
    if (name === 'broken') bytes.write('MatMal', bytes.indexOf('MatMul'));
    const definition = onnxModel({
      path: file(`heavy-${name}`, bytes),
      sessionOptions: { logSeverityLevel: 3 },
    });
    const left = await whatIsLeftBy(async () => {
      const loading = withModel(definition, (registry) => registry.load('m'));
      if (failure === undefined) await loading;
      else expect(String(await rejection(loading))).toMatch(failure);
    });
    expect(left.bytes).toBeLessThan(WEIGHTS_OF_FIFTEEN_ROUNDS);
  });
});
