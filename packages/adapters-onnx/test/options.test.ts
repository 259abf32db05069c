import { pathToFileURL } from 'node:url';
import { WarmsetError } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { type OnnxModelOptions, onnxModel } from '../src/index.js';
import { fixture } from './support/models.js';

const path = fixture('linear.onnx');
const bytes = new Uint8Array(4);

const refusals: [options: unknown, message: RegExp][] = [
  [undefined, /takes an object such as \{ path: 'model\.onnx' \}, got undefined/],
  ['model.onnx', /takes an object such as .*, got "model\.onnx"/],
  [null, /got null/],
  [[path], /got an array of 1/],
  [bytes, /got a Uint8Array/],
  [{}, /needs "path" or "bytes", got neither/],
  [{ path: undefined }, /needs "path" or "bytes", got neither/],
  [{ path, bytes }, /takes "path" or "bytes", got both/],
  [{ path: 42 }, /option "path" must be a file path or a file: URL, got 42/],
  [{ path: '' }, /option "path" must be .*, got ""/],
  [{ path: 'a\0b' }, /option "path" must be/],
  [{ path: 'https://example.com/m.onnx' }, /option "path" must be .*, got "https:\/\/example\.com\/m\.onnx"/],
  [{ path: 'file://elsewhere/m.onnx' }, /option "path" must be .*, got "file:\/\/elsewhere/],
  [{ path: 'file:///a%00b' }, /option "path" must be/],
  [{ path: new URL('file:///a%2Fb') }, /option "path" must be/],
  [{ path: new URL('https://example.com/m.onnx') }, /option "path" must be .*, got "https:\/\/example/],
  [{ bytes: 'AAAA' }, /option "bytes" must be a non-shared Uint8Array or ArrayBuffer, got "AAAA"/],
  [{ bytes: [1, 2] }, /got an array of 2/],
  [{ bytes: new Float32Array(2) }, /got a Float32Array/],
  [{ bytes: new Uint8Array(new SharedArrayBuffer(4)) }, /non-shared/],
  [{ path, sessionOptions: 'cpu' }, /option "sessionOptions" must be an object .*, got "cpu"/],
  [{ path, estimateBytes: -1 }, /option "estimateBytes" must be a number of bytes ≥ 0.*, got -1/],
  [{ path, estimateBytes: Number.NaN }, /got NaN/],
  [{ path, estimateBytes: '5 MB' }, /got "5 MB"/],
  [{ path, ort: {} }, /option "ort" must be the onnxruntime-node module/],
  [{ path, pinned: 1 }, /option "pinned" must be true or false, got 1/],
  [{ path, idleTimeoutMs: '1s' }, /option "idleTimeoutMs" must be a number of milliseconds, got "1s"/],
  [{ path, maxConcurrency: Number.NaN }, /option "maxConcurrency" must be a number, got NaN/],
  [{ path, maxQueue: {} }, /option "maxQueue" must be a number, got an object/],
  [{ path, loadTimeoutMs: null }, /option "loadTimeoutMs" must be .*, got null/],
  [{ path, metadata: 'mine' }, /option "metadata" must be an object, got "mine"/],
  [{ path, warmup: true }, /option "warmup" must be a function, got true/],
  [{ path, session: {} }, /has no option "session"; it takes path, bytes, sessionOptions, /],
  [JSON.parse('{"path":"m.onnx","__proto__":1}'), /has no option "__proto__"/],
];

describe('onnxModel', () => {
  it.each(refusals)('refuses %o', (options, message) => {
    expect(() => onnxModel(options as OnnxModelOptions)).toThrow(WarmsetError);
    expect(() => onnxModel(options as OnnxModelOptions)).toThrow(message);
    expect(() => onnxModel(options as OnnxModelOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_MODEL_INVALID' }),
    );
  });

  it('takes a path, a file: URL, or a file: URL as text, and resolves a relative path at once', () => {
    const pathOf = (given: string | URL) => onnxModel({ path: given }).portable?.options;
    expect(pathOf(path)).toEqual({ path });
    expect(pathOf(pathToFileURL(path))).toEqual({ path });
    expect(pathOf(pathToFileURL(path).href)).toEqual({ path });
    expect(pathOf('models/m.onnx')).toEqual({ path: `${process.cwd()}/models/m.onnx` });
  });

  it('hands the registry its own options', () => {
    const options = {
      pinned: true,
      idleTimeoutMs: Number.POSITIVE_INFINITY,
      maxConcurrency: 2,
      maxQueue: 5,
      loadTimeoutMs: 1000,
      metadata: { by: 'me' },
      warmup: () => {},
    };
    expect(onnxModel({ path, ...options })).toMatchObject(options);
  });

  it('touches neither the file nor the runtime', () => {
    expect(onnxModel({ path: '/no/such/file.onnx' }).load).toBeTypeOf('function');
  });
});
