import { describe, expect, it } from 'vitest';
import { input, open, serve } from './support/open.js';
import { type Handler, identity } from './support/stub-server.js';

const say =
  (status: number, body: string, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);

/** What a load ends with. */
async function failure(options: Parameters<typeof serve>[0]): Promise<Error> {
  const { url } = await serve(options);
  const { registry } = open({ url, model: 'm' });
  return registry.load('heart').then(
    () => new Error('It loaded'),
    (error) => error,
  );
}

describe('a load', () => {
  it('asks for the metadata and the readiness, and describes what it found', async () => {
    const properties = { runtime: 'onnxruntime-node 1.30.0 (cpu)' };
    const server = await serve({ metadata: { ...identity(['FP32']), properties } });
    const { registry } = open({ url: server.url, model: 'm' });
    const spec = { name: 'FP32 value', dtype: 'float32', shape: [-1, 3] };
    expect(await registry.load('heart')).toMatchObject({
      state: 'ready',
      signature: { inputs: [spec], outputs: [spec] },
      runtime: 'Open Inference Protocol (onnxruntime-node 1.30.0 (cpu))',
      memory: { bytes: 0, source: 'runtime' },
    });
    expect(server.requests).toEqual(['GET /v2/models/m', 'GET /v2/models/m/ready']);
  });

  it('shows of what the server calls its runtime only what is text', async () => {
    const server = await serve({ metadata: { ...identity(['FP32']), platform: 'a\u001b[2Jb' } });
    const { registry } = open({ url: server.url, model: 'm' });
    expect((await registry.load('heart')).runtime).toBe('Open Inference Protocol (a [2Jb)');
  });

  it('asks for a version, below a path, with a token and headers', async () => {
    const server = await serve();
    const url = `${server.url}/gate way/`;
    const headers = { Host: 'heart.example.com', 'X-Team': 'a', Authorization: 'Basic Zm9v' };
    const { registry } = open({ url, model: 'a/b ü', version: '2', token: 'secret', headers });
    await registry.run('heart', input);
    expect(server.requests).toEqual([
      'GET /gate%20way/v2/models/a%2Fb%20%C3%BC/versions/2',
      'GET /gate%20way/v2/models/a%2Fb%20%C3%BC/versions/2/ready',
      'POST /gate%20way/v2/models/a%2Fb%20%C3%BC/versions/2/infer',
    ]);
    for (const sent of server.headers) {
      expect(sent).toMatchObject({
        authorization: 'Bearer secret',
        host: 'heart.example.com',
        'x-team': 'a',
      });
    }
  });

  it('takes a model that is not ready where the server says that it loads on demand', async () => {
    const metadata = { ...identity([]), properties: { state: 'idle' } };
    const { url } = await serve({
      metadata,
      ready: say(503, '{"name":"m","ready":false}'),
      infer: say(200, '{"outputs":[]}'),
    });
    const { registry } = open({ url, model: 'm' });
    expect((await registry.load('heart')).state).toBe('ready');
    expect(await registry.run('heart', input)).toEqual({});
    await expect(registry.run('heart', { x: 1 } as never)).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
    });
    await expect(registry.run('heart', 7 as never)).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
  });

  it.each([
    ['503', say(503, '{"error":"still loading"}', { 'retry-after': '7' }), /answered 503: still loading\.$/],
    ['400', say(400, ''), /answered 400\.$/],
    ['ready false', say(200, '{"name":"m","ready":false}'), /answered 200: \{"name":"m","ready":false\}\.$/],
  ])('fails where the model is not ready: %s', async (_case, ready, message) => {
    const error = await failure({ ready });
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', modelName: 'heart' });
    expect(error.message).toMatch(/^Model "heart": http:\/\/127\.0\.0\.1:\d+ answered/);
    expect(error.message).toMatch(message);
  });

  it.each([
    ['no such model', say(404, '{"error":"no model m"}'), /answered 404: no model m\.$/, false],
    ['a token that is refused', say(401, '{"error":"who are you?"}'), /answered 401: who are you\?$/, false],
    ['a server that fails', say(500, 'oh'), /answered 500: oh\.$/, undefined],
    ['a redirect', say(302, '', { location: '/x' }), /answered 302\.$/, undefined],
    [
      'a page',
      say(200, '<html>'),
      /is not of the Open Inference Protocol V2\. Metadata: expected JSON, got /,
      false,
    ],
    ['JSON that is none', say(200, '[]'), /Metadata: expected a JSON object, got an array of 0/, false],
    [
      'a datatype of its own',
      say(200, '{"inputs":[{"name":"x","datatype":"BF16","shape":[1]}],"outputs":[]}'),
      /got "BF16"/,
      false,
    ],
  ])('fails for good or for now: %s', async (_case, metadata, message, retriable) => {
    const error = await failure({ metadata });
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', modelName: 'heart' });
    expect(error.message).toMatch(message);
    expect((error as { retriable?: boolean }).retriable).toBe(retriable);
  });

  it('fails where nobody listens, without trying again: that is for the registry', async () => {
    const server = await serve();
    await server.stop();
    const { registry } = open({ url: server.url, model: 'm' });
    await expect(registry.load('heart')).rejects.toMatchObject({
      code: 'ERR_LOAD_FAILED',
      message: expect.stringMatching(/cannot be reached: .*ECONNREFUSED.*\. Nothing was sent\.$/),
      cause: expect.objectContaining({
        code: 'ERR_RUN_FAILED',
        cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
      }),
    });
  });

  it('fails where the socket is missing', async () => {
    const { registry } = open({ socketPath: '/tmp/no-such-warmset.sock', model: 'm' });
    await expect(registry.load('heart')).rejects.toThrow(
      /^Model "heart": unix:\/tmp\/no-such-warmset\.sock cannot be reached: connect ENOENT/,
    );
  });
});
