import { describe, expect, it } from 'vitest';
import { input, open, serve } from './support/open.js';
import type { Handler } from './support/stub-server.js';

/** What a run ends with where its answer is this. */
async function failure(infer: Handler): Promise<Error & { retryAfterMs?: number }> {
  const { url } = await serve({ infer });
  const { registry } = open({ url, model: 'm', maxResponseBytes: 100_000 });
  return registry.run('heart', input).then(
    () => new Error('It ran'),
    (error) => error,
  );
}

const say =
  (status: number, body: unknown, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

const coded = (code: string): Handler => say(500, { error: 'because' }, { 'warmset-error-code': code });

describe('a refusal', () => {
  it.each([
    'ERR_MODEL_NOT_FOUND',
    'ERR_MODEL_INVALID',
    'ERR_LOAD_FAILED',
    'ERR_LOAD_TIMEOUT',
    'ERR_MODEL_TOO_LARGE',
    'ERR_MEMORY_BUDGET',
    'ERR_QUEUE_FULL',
    'ERR_TIMEOUT',
    'ERR_MODEL_CRASHED',
    'ERR_RUN_FAILED',
    'ERR_INPUT_INVALID',
    'ERR_RUNTIME_MISSING',
  ])('by a Warmset server is its error again: %s', async (code) => {
    expect(await failure(coded(code))).toMatchObject({
      code,
      modelName: 'heart',
      // Without the address: it may go on to clients.
      message: 'Model "heart": its server answered 500: because.',
    });
  });

  it('by a registry that is closed is not one by the registry here', async () => {
    expect(await failure(coded('ERR_REGISTRY_CLOSED'))).toMatchObject({ code: 'ERR_MODEL_CRASHED' });
  });

  it.each([
    [202, 'ERR_TIMEOUT'],
    [204, 'ERR_RUN_FAILED'],
    [302, 'ERR_RUN_FAILED'],
    [400, 'ERR_INPUT_INVALID'],
    [401, 'ERR_RUN_FAILED'],
    [404, 'ERR_MODEL_NOT_FOUND'],
    [408, 'ERR_TIMEOUT'],
    [413, 'ERR_INPUT_INVALID'],
    [415, 'ERR_INPUT_INVALID'],
    [418, 'ERR_RUN_FAILED'],
    [422, 'ERR_INPUT_INVALID'],
    [429, 'ERR_QUEUE_FULL'],
    [500, 'ERR_RUN_FAILED'],
    [501, 'ERR_RUN_FAILED'],
    [503, 'ERR_RUN_FAILED'],
    [504, 'ERR_TIMEOUT'],
  ])('by another server, or with a code that is none, goes by its status: %i', async (status, code) => {
    expect(await failure(say(status, { error: 'no' }))).toMatchObject({ code });
    expect(await failure(say(status, '', { 'warmset-error-code': 'toString' }))).toMatchObject({ code });
  });

  it('says when to come back', async () => {
    const after = (value: string) => failure(say(503, { error: 'busy' }, { 'retry-after': value }));
    expect(await after('7')).toMatchObject({ retryAfterMs: 7000 });
    expect(await after('0')).toMatchObject({ retryAfterMs: 0 });
    expect(await after('Thu, 01 Jan 1970 00:00:00 GMT')).toMatchObject({ retryAfterMs: 0 });
    expect((await after('Fri, 01 Jan 2999 00:00:00 GMT')).retryAfterMs).toBeGreaterThan(1e12);
    expect((await after('soon')).retryAfterMs).toBeUndefined();
    expect((await failure(say(503, ''))).retryAfterMs).toBeUndefined();
  });

  it.each([
    [{ error: 'two\n\u001b[31mlines' }, /answered 500: two \[31mlines\.$/],
    [{ message: 'hello' }, /answered 500: hello\.$/],
    [{ error: { code: 7 } }, /answered 500: \{"error":\{"code":7\}\}\.$/],
    ['<html>Bad Gateway</html>', /answered 500: <html>Bad Gateway<\/html>\.$/],
    ['null', /answered 500: null\.$/],
    ['', /answered 500\.$/],
    ['x'.repeat(50_000), /answered 500: x{1000}…\.$/],
  ])('is shown as far as it can be: %j', async (body, message) => {
    expect((await failure(say(500, body))).message).toMatch(message);
  });
});

describe('an answer', () => {
  const y = { name: 'y', datatype: 'FP32', shape: [2] };
  const bytes = JSON.stringify({ outputs: [{ ...y, parameters: { binary_data_size: 8 } }] });

  it.each([
    ['a page', '<html>', {}, /Answer: expected JSON, got 6 bytes/],
    ['nothing', '', {}, /Answer: expected JSON, got 0 bytes/],
    ['half of it', '{"outputs":[{"name":"y"', {}, /expected JSON/],
    ['no outputs', '{}', {}, /Field outputs: expected an array, got undefined/],
    ['too few numbers', { outputs: [{ ...y, data: [1] }] }, {}, /Output "y": expected 2 elements .*, got 1/],
    [
      'a length that is none',
      { outputs: [] },
      { 'inference-header-content-length': '-1' },
      /expected a number of bytes, got "-1"/,
    ],
    [
      'a length past the end',
      { outputs: [] },
      { 'inference-header-content-length': '99' },
      /expected 99 bytes of JSON/,
    ],
    [
      'bytes that are not there',
      bytes,
      { 'inference-header-content-length': `${bytes.length}` },
      /Output "y": expected 8 bytes, .*, got 0/,
    ],
  ])('is none: %s', async (_case, body, headers, message) => {
    const error = await failure(say(200, body, headers));
    expect(error).toMatchObject({ code: 'ERR_RUN_FAILED', modelName: 'heart', retriable: false });
    expect(error.message).toMatch(
      /^Model "heart": the answer of http:.* is not of the Open Inference Protocol V2\. /,
    );
    expect(error.message).toMatch(message);
  });

  it('is too large, whether it says so or not', async () => {
    const endless: Handler = (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) {}
      };
      response.on('drain', more);
      more();
    };
    for (const infer of [say(200, 'x'.repeat(100_001)), endless]) {
      expect(await failure(infer)).toMatchObject({
        code: 'ERR_RUN_FAILED',
        message: expect.stringMatching(
          /: the answer of http:.* is larger than 100000 bytes \(maxResponseBytes\)\.$/,
        ),
      });
    }
  });

  it('is taken as JSON where bytes were asked for', async () => {
    const { url } = await serve({ infer: say(200, { outputs: [{ ...y, data: [1, 'NaN'] }] }) });
    const { registry } = open({ url, model: 'm' });
    const outputs = await registry.run('heart', input);
    expect(outputs).toEqual({ y: { dtype: 'float32', shape: [2], data: Float32Array.of(1, Number.NaN) } });
  });
});
