import { defineModel, ModelRegistry, WarmsetError } from '@warmset/registry';
import { describeValue, messageOf } from '@warmset/registry/adapter';
import { describe, expect, it, vi } from 'vitest';
import { ERROR_CODES } from '../src/error-codes.js';

describe('WarmsetError', () => {
  it('is an Error with a code, a name, a message and what was given', () => {
    const cause = new Error('why');
    const issues = [{ message: 'too old', path: ['age'] }];
    const error = new WarmsetError('ERR_LOAD_FAILED', 'It did not load.', {
      modelName: 'heart',
      cause,
      retryAfterMs: 5,
      retriable: false,
      issues,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(WarmsetError);
    expect(error).toMatchObject({
      name: 'WarmsetError',
      code: 'ERR_LOAD_FAILED',
      message: 'It did not load.',
    });
    expect(error).toMatchObject({ modelName: 'heart', cause, retryAfterMs: 5, retriable: false, issues });
    expect(error.stack).toContain('errors.test.ts');
  });

  it('has nothing that was not given', () => {
    const error = new WarmsetError('ERR_TIMEOUT', 'Too late.');
    for (const key of ['modelName', 'cause', 'retryAfterMs', 'retriable', 'issues']) {
      expect(key in error, key).toBe(false);
    }
  });

  it('instanceof holds across two installed copies of the package, in both directions', async () => {
    vi.resetModules();
    const other = await import('@warmset/registry');
    expect(other.WarmsetError).not.toBe(WarmsetError);
    expect(new other.WarmsetError('ERR_TIMEOUT', 'theirs')).toBeInstanceOf(WarmsetError);
    expect(new WarmsetError('ERR_TIMEOUT', 'ours')).toBeInstanceOf(other.WarmsetError);
  });

  it('an adapter’s error from another copy keeps its code', async () => {
    vi.resetModules();
    const other = await import('@warmset/registry');
    const error = new other.WarmsetError('ERR_RUNTIME_MISSING', 'npm i it');
    const registry = new ModelRegistry({
      models: { model: defineModel({ load: () => Promise.reject(error) }) },
    });
    await expect(registry.load('model')).rejects.toMatchObject({ code: 'ERR_RUNTIME_MISSING' });
  });

  it.each([null, undefined, 1, 'error', {}, new Error('plain'), { code: 'ERR_TIMEOUT' }])(
    '%s is not one',
    (value) => {
      expect(value instanceof WarmsetError).toBe(false);
    },
  );

  it('as JSON has what a client may see: no stack and no cause', () => {
    const secret = new Error('/home/me/.ssh');
    const options = { modelName: 'heart', retryAfterMs: 5, cause: secret };
    const json = JSON.parse(JSON.stringify(new WarmsetError('ERR_LOAD_FAILED', 'text', options)));
    expect(json).toEqual({
      name: 'WarmsetError',
      code: 'ERR_LOAD_FAILED',
      message: 'text',
      modelName: 'heart',
      retryAfterMs: 5,
    });
    expect(JSON.parse(JSON.stringify(new WarmsetError('ERR_TIMEOUT', 'text')))).toEqual({
      name: 'WarmsetError',
      code: 'ERR_TIMEOUT',
      message: 'text',
    });
  });

  it('has exactly the codes of the public API, each with when and what to do', () => {
    expect(Object.keys(ERROR_CODES).sort()).toEqual([
      'ERR_INPUT_INVALID',
      'ERR_LOAD_FAILED',
      'ERR_LOAD_TIMEOUT',
      'ERR_MEMORY_BUDGET',
      'ERR_MODEL_CRASHED',
      'ERR_MODEL_EXISTS',
      'ERR_MODEL_INVALID',
      'ERR_MODEL_NOT_FOUND',
      'ERR_MODEL_TOO_LARGE',
      'ERR_QUEUE_FULL',
      'ERR_REGISTRY_CLOSED',
      'ERR_RUNTIME_MISSING',
      'ERR_RUN_FAILED',
      'ERR_TIMEOUT',
    ]);
    for (const { when, remedy } of Object.values(ERROR_CODES)) {
      expect(when).toMatch(/\.$/);
      expect(remedy).toMatch(/\.$/);
    }
  });
});

describe('values in messages', () => {
  it.each<[unknown, string]>([
    ['text', '"text"'],
    ['x'.repeat(61), `"${'x'.repeat(57)}…"`],
    ['x'.repeat(60), `"${'x'.repeat(60)}"`],
    [null, 'null'],
    [undefined, 'undefined'],
    [Number.NaN, 'NaN'],
    [-0.5, '-0.5'],
    [true, 'true'],
    [10n, '10n'],
    [() => 1, 'a function'],
    [Symbol('s'), 'Symbol(s)'],
    [[1, 2, 3], 'an array of 3'],
    [{}, 'an object'],
    [Object.create(null), 'an object'],
    [new Float32Array(2), 'a Float32Array'],
    [new Map(), 'a Map'],
  ])('%s', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  it('are short, whatever they are', () => {
    const long = 'x'.repeat(10 ** 6);
    for (const value of [long, 10n ** 5000n, Symbol(long), { constructor: { name: long } }]) {
      expect(describeValue(value).length).toBeLessThan(100);
    }
  });

  it.each<[unknown, string]>([
    [new Error('text'), 'text'],
    [new TypeError(''), 'TypeError'],
    ['thrown text', 'thrown text'],
    [undefined, 'undefined'],
    [{ a: 1 }, 'an object'],
  ])('the text of what was thrown: %s', (thrown, text) => {
    expect(messageOf(thrown)).toBe(text);
  });
});
