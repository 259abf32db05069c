import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { WarmsetError } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { savedModel, tfjsModel } from '../src/index.js';
import { loadFailed } from '../src/load-error.js';

/** The message of the `ERR_MODEL_INVALID` that a factory throws. */
function refusal(define: () => unknown): string {
  try {
    define();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(WarmsetError);
    expect((thrown as WarmsetError).code).toBe('ERR_MODEL_INVALID');
    return (thrown as WarmsetError).message;
  }
  throw new Error('it was accepted');
}

describe('tfjsModel() names the option that is wrong, what came and what would be right', () => {
  it.each([
    [undefined, "takes an object such as { path: 'model/model.json' }, got undefined"],
    ['model.json', 'takes an object such as { path: \'model/model.json\' }, got "model.json"'],
    [{}, 'needs "path" or "handler", got neither'],
    [{ path: 'a', handler: { load: () => ({}) } }, 'takes "path" or "handler", got both'],
    [{ path: '' }, 'option "path" must be a file path or a file: URL, got ""'],
    [{ path: 7 }, 'option "path" must be a file path or a file: URL, got 7'],
    [{ path: 'a\0b' }, 'option "path" must be a file path'],
    [
      { path: 'https://example.org/model.json' },
      'option "path" must be a file path or a file: URL, got "https://example.org/model.json"',
    ],
    [
      { path: new URL('https://example.org/m') },
      'option "path" must be a file path or a file: URL, got "https://example.org/m"',
    ],
    [{ handler: {} }, 'option "handler" must be an IOHandler'],
    [
      { path: 'a', runtime: 'gpu' },
      `option "runtime" must be 'tfjs-node', 'wasm', 'cpu' or a TensorFlow.js 4 namespace, got "gpu"`,
    ],
    [{ path: 'a', runtime: {} }, 'option "runtime" must be'],
    [
      { path: 'a', estimateBytes: Number.NaN },
      'option "estimateBytes" must be a number of bytes ≥ 0, or a function that gives one, got NaN',
    ],
    [{ path: 'a', estimateBytes: -1 }, 'got -1'],
    [{ path: 'a', pinned: 'yes' }, 'option "pinned" must be true or false, got "yes"'],
    [
      { path: 'a', idleTimeoutMs: -1 },
      'option "idleTimeoutMs" must be milliseconds ≥ 0, or Infinity, got -1',
    ],
    [{ path: 'a', loadTimeoutMs: Number.NaN }, 'option "loadTimeoutMs" must be milliseconds'],
    [{ path: 'a', maxConcurrency: 1.5 }, 'option "maxConcurrency" must be a whole number'],
    [{ path: 'a', maxQueue: '3' }, 'option "maxQueue" must be a whole number ≥ 0, or Infinity, got "3"'],
    [{ path: 'a', metadata: [] }, 'option "metadata" must be an object, got an array of 0'],
    [{ path: 'a', warmup: true }, 'option "warmup" must be a function, got true'],
    [
      { path: 'a', runtimes: 'wasm' },
      'has no option "runtimes"; it takes path, handler, runtime, estimateBytes',
    ],
    [{ path: 'a', __proto__x: 1 }, 'has no option "__proto__x"'],
  ])('%j', (options, message) => {
    expect(refusal(() => tfjsModel(options as never))).toContain(message);
  });

  it('takes what is right', () => {
    expect(() =>
      tfjsModel({ path: 'a', runtime: tf, idleTimeoutMs: Infinity, maxQueue: 0, estimateBytes: 0 }),
    ).not.toThrow();
    expect(() => tfjsModel({ handler: { load: () => ({}) } })).not.toThrow();
  });
});

describe('savedModel() does the same', () => {
  it.each([
    [{}, 'needs "path"'],
    [{ path: 'a', tags: 'serve' }, 'option "tags" must be a list of texts, got "serve"'],
    [{ path: 'a', tags: [1] }, 'option "tags" must be a list of texts'],
    [{ path: 'a', signature: '' }, 'option "signature" must be a name, got ""'],
    [
      { path: 'a', runtime: 'wasm' },
      `option "runtime" must be 'tfjs-node' or a @tensorflow/tfjs-node namespace, got "wasm"`,
    ],
    [{ path: 'a', runtime: tf }, 'option "runtime" must be'],
    [{ path: 'a', handler: {} }, 'has no option "handler"'],
  ])('%#', (options, message) => {
    expect(refusal(() => savedModel(options as never))).toContain(message);
  });
});

describe('a definition is portable', () => {
  it('where its options can be handed to another process', () => {
    const { portable } = tfjsModel({
      path: 'models/m/model.json',
      runtime: 'wasm',
      pinned: true,
      metadata: { f: () => 1 },
    });
    expect(portable?.options).toEqual({ path: resolve('models/m/model.json'), runtime: 'wasm' });
    expect(structuredClone(portable?.options)).toEqual(portable?.options);
    const saved = savedModel({ path: pathToFileURL('/models/half') });
    expect(saved.portable?.options).toEqual({
      path: '/models/half',
      tags: ['serve'],
      signature: 'serving_default',
    });
  });

  it('and its module gives the same definition for them', async () => {
    for (const { portable } of [tfjsModel({ path: 'm.json' }), savedModel({ path: 'm', tags: ['a', 'b'] })]) {
      const module = (await import(portable?.module ?? '')) as Record<
        string,
        (options: unknown) => { portable: unknown }
      >;
      expect(module[portable?.export ?? '']?.(portable?.options).portable).toEqual(portable);
    }
  });

  it('but not with a function or a runtime of the application', () => {
    expect(tfjsModel({ path: 'a', warmup: () => {} }).portable).toBeUndefined();
    expect(tfjsModel({ path: 'a', runtime: tf }).portable).toBeUndefined();
    expect(tfjsModel({ handler: { load: () => ({}) } }).portable).toBeUndefined();
    expect(savedModel({ path: 'a', warmup: () => {} }).portable).toBeUndefined();
  });
});

describe('a path', () => {
  it('starts at the working directory of the definition', () => {
    const { portable } = tfjsModel({ path: 'a/model.json' });
    expect(portable?.options).toEqual({ path: `${process.cwd()}/a/model.json` });
  });

  it('may be a file: URL, as an object or as text', () => {
    const href = 'file:///models/a%20b/model.json';
    for (const path of [href, new URL(href)]) {
      expect(tfjsModel({ path }).portable?.options).toEqual({ path: '/models/a b/model.json' });
    }
  });
});

describe('what goes to the registry as it is', () => {
  it('keeps the common options, and knows of no others', () => {
    const metadata = { team: 'a' };
    const common = {
      pinned: true,
      idleTimeoutMs: 5,
      maxConcurrency: 2,
      maxQueue: 3,
      loadTimeoutMs: 4,
      metadata,
    };
    expect(tfjsModel({ path: 'a', ...common })).toMatchObject(common);
    expect(savedModel({ path: 'a', ...common })).toMatchObject(common);
  });

  it('is not retried where a file is what it is, and is where the system was short of something', () => {
    expect(loadFailed('/m', new Error('its weights file /w should be 4 bytes, got 2')).retriable).toBe(false);
    expect(loadFailed('/m', new Error('EMFILE: too many open files')).retriable).toBeUndefined();
  });
});
