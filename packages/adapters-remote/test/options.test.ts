import { WarmsetError } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { type RemoteModelOptions, remoteModel } from '../src/index.js';

const url = 'http://127.0.0.1:8000';
const model = 'heart';

const refusals: [options: unknown, message: RegExp][] = [
  [undefined, /takes an object such as \{ url: 'http:.*', model: 'heart' \}, got undefined/],
  [url, /takes an object such as .*, got "http:/],
  [new URL(url), /got a URL/],
  [[url], /got an array of 1/],
  [{ model }, /needs "url" or "socketPath", got neither/],
  [{ url, socketPath: '/run/w.sock', model }, /takes "url" or "socketPath", got both/],
  [{ url }, /needs "model", the name on the server/],
  [
    { url: 'ftp://a', model },
    /option "url" must be an http: or https: URL without credentials, query or fragment, got/,
  ],
  [{ url: '127.0.0.1:8000', model }, /option "url" must be/],
  [{ url: '', model }, /option "url" must be/],
  [{ url: 8000, model }, /option "url" must be .*, got 8000/],
  [{ url: `${url}?a=1`, model }, /option "url" must be/],
  [{ url: `${url}#a`, model }, /option "url" must be/],
  [{ url: 'http://me@host', model }, /option "url" must be/],
  [{ socketPath: '', model }, /option "socketPath" must be the path of a Unix socket, .*, got ""/],
  [{ socketPath: '\0abstract', model }, /option "socketPath" must be/],
  [{ socketPath: `/${'a'.repeat(107)}`, model }, /option "socketPath" must be .* short enough/],
  [{ url, model: '' }, /option "model" must be a name, got ""/],
  [{ url, model: '..' }, /option "model" must be a name, got ".."/],
  [{ url, model: '\ud800' }, /option "model" must be a name/],
  [{ url, model: 7 }, /option "model" must be a name, got 7/],
  [{ url, model, version: 1 }, /option "version" must be a version, as text, got 1/],
  [{ url, model, version: '.' }, /option "version" must be/],
  [
    { url, model, headers: { 'content-length': '5' } },
    /option "headers" must be an object of headers, without/,
  ],
  [{ url, model, headers: { 'Transfer-Encoding': 'chunked' } }, /option "headers" must be/],
  [{ url, model, headers: { 'a b': '1' } }, /option "headers" must be/],
  [{ url, model, headers: { a: '1\r\nb: 2' } }, /option "headers" must be/],
  [{ url, model, headers: { a: 1 } }, /option "headers" must be/],
  [{ url, model, headers: ['a'] }, /option "headers" must be/],
  [{ url, model, timeoutMs: 0 }, /option "timeoutMs" must be a number of milliseconds > 0, got 0/],
  [{ url, model, timeoutMs: Number.NaN }, /got NaN/],
  [{ url, model, connectTimeoutMs: -1 }, /option "connectTimeoutMs" must be .*, got -1/],
  [{ url, model, connections: 0 }, /option "connections" must be a whole number ≥ 1, got 0/],
  [{ url, model, retries: 1.5 }, /option "retries" must be a whole number ≥ 0, got 1\.5/],
  [{ url, model, maxResponseBytes: '1 MB' }, /option "maxResponseBytes" must be .*, got "1 MB"/],
  [{ url, model, binary: 'yes' }, /option "binary" must be true or false, got "yes"/],
  [{ url, model, pinned: 1 }, /option "pinned" must be true or false, got 1/],
  [{ url, model, warmup: true }, /option "warmup" must be a function, got true/],
  [{ url, model, path: '/v2' }, /has no option "path"; it takes url, socketPath, model, /],
  [JSON.parse('{"url":"http://a","model":"b","__proto__":1}'), /has no option "__proto__"/],
];

describe('remoteModel', () => {
  it.each(refusals)('refuses %o', (options, message) => {
    expect(() => remoteModel(options as RemoteModelOptions)).toThrow(WarmsetError);
    expect(() => remoteModel(options as RemoteModelOptions)).toThrow(message);
    expect(() => remoteModel(options as RemoteModelOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_MODEL_INVALID' }),
    );
  });

  it.each([
    { url: 'http://me:hunter2@host', model },
    { url, model, token: 'hunter2\n' },
    { url, model, headers: { cookie: 'hunter2\n' } },
  ])('shows no secret of %o', (options) => {
    expect(() => remoteModel(options)).toThrow(/, got another (string|object)\.$/);
    expect(() => remoteModel(options)).not.toThrow(/hunter2/);
  });

  it('hands the registry its own options, and takes nothing of its budget', () => {
    const options = {
      pinned: true,
      idleTimeoutMs: Number.POSITIVE_INFINITY,
      maxConcurrency: 2,
      maxQueue: 5,
      loadTimeoutMs: 1000,
      metadata: { by: 'me' },
      warmup: () => {},
    };
    const definition = remoteModel({ url: new URL(url), model, token: 't', ...options });
    expect(definition).toMatchObject({ ...options, estimateBytes: 0 });
    expect(Object.keys(definition).sort()).toEqual(
      [
        ...Object.keys(options),
        'describe',
        'describeRuntime',
        'dispose',
        'estimateBytes',
        'load',
        'measureBytes',
        'run',
      ].sort(),
    );
  });
});
