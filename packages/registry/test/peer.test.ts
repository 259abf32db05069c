import { importPeer } from '@warmset/registry/adapter';
import { describe, expect, it } from 'vitest';
import { rejection } from './support/promises.js';

const peer = { package: 'onnxruntime-node', install: 'npm i onnxruntime-node', modelName: 'heart' };

const missing = (code: string, what: string) =>
  Object.assign(new Error(`Cannot find package '${what}'`), { code });

describe('importPeer', () => {
  it('gives what the import gives', async () => {
    expect(await importPeer(async () => 'runtime', peer)).toBe('runtime');
  });

  it.each(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])(
    'where the package is not there (%s), gives the command that installs it',
    async (code) => {
      const cause = missing(code, 'onnxruntime-node');
      const error = await rejection(importPeer(() => Promise.reject(cause), peer));
      expect(error).toMatchObject({
        code: 'ERR_RUNTIME_MISSING',
        modelName: 'heart',
        cause,
        retriable: false,
        message: expect.stringContaining('npm i onnxruntime-node'),
      });
    },
  );

  it.each([
    ['its native library does not load', new Error('libcuda.so: cannot open shared object file')],
    ['something that it needs is not there', missing('ERR_MODULE_NOT_FOUND', 'tar')],
    ['it throws nothing at all', null],
  ])('where the package is there and %s, says that it does not start', async (_what, cause) => {
    const error = await rejection(importPeer(() => Promise.reject(cause), peer));
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', cause, retriable: false });
    expect((error as Error).message).toContain('onnxruntime-node is installed but does not start');
  });

  it('a real import of a package that there is not is told as missing', async () => {
    const name = 'warmset-no-such-package';
    const error = await rejection(
      importPeer(() => import(/* @vite-ignore */ name), { ...peer, package: name }),
    );
    expect(error).toMatchObject({ code: 'ERR_RUNTIME_MISSING' });
  });
});
