import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { onnxModel } from '@warmset/adapters-onnx';
import { formatInferRequest, parseInferResponse } from '@warmset/open-inference';
import { type ModelMap, ModelRegistry, withPipeline } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { decode, encode, schema } from '../../../examples/models/heart/encoder.js';
import { conforming } from './support/conforming.js';
import { ADMIN_TOKEN, asAdmin, closeAfter, gated, silent, tensorBody, until } from './support/models.js';
import { mounts } from './support/mounts.js';

const heartFolder = new URL('../../../examples/models/heart/', import.meta.url);
const path = fileURLToPath(new URL('heart.onnx', heartFolder));
const samples = JSON.parse(readFileSync(new URL('samples.json', heartFolder), 'utf8')) as {
  features: Parameters<typeof encode>[0];
  expected: { risk: number };
}[];

const rows = samples.slice(0, 3).map(({ features, expected }) => ({
  features,
  row: encode(schema.parse(features)).features as { dtype: 'float32'; shape: number[]; data: Float32Array },
  risk: expected.risk,
}));

async function start(mount: string, models: ModelMap, options = {}) {
  const registry: ModelRegistry<ModelMap> = new ModelRegistry({ models, isolation: 'inline' });
  closeAfter(() => registry.close({ timeoutMs: 1_000 }));
  const url = await mounts[mount]?.(registry, { logger: silent, admin: { token: ADMIN_TOKEN }, ...options });
  if (url === undefined) throw new Error(`no mount ${mount}`);
  return { registry, url, client: await conforming(url) };
}

describe.each(Object.keys(mounts))('%s', (mount) => {
  it('serves a real ONNX model, row by row of the protocol', async () => {
    const { client, registry } = await start(mount, {
      heart: withPipeline(onnxModel({ path }), { schema, encode, decode }),
    });
    expect((await client('GET', '/v2/health/live')).json).toEqual({ live: true });
    expect((await client('GET', '/v2/health/ready')).status).toBe(200);
    expect((await client('GET', '/v2')).json.name).toBe('warmset');
    expect((await client('GET', '/v2/models/heart/ready')).status).toBe(503);
    for (const { row, risk } of rows) {
      const json = {
        inputs: [
          {
            name: 'features',
            datatype: 'FP32',
            shape: row.shape,
            data: Array.from(row.data, (value) => (Number.isNaN(value) ? 0 : value)),
          },
        ],
      };
      const infer = await client('POST', '/v2/models/heart/versions/1/infer', { body: json });
      expect(infer.json.outputs.map(({ name }: { name: string }) => name)).toEqual([
        'label',
        'probabilities',
      ]);
      expect(infer.json.outputs[1].data[1]).toBeCloseTo(risk, 3);
      const { body, headers } = formatInferRequest(
        { id: 'b', outputs: ['probabilities'] },
        { features: row },
      );
      const answer = await client('POST', '/v2/models/heart/infer', { body, headers });
      const { id, outputs } = parseInferResponse(
        answer.bytes,
        Number(answer.headers.get('inference-header-content-length')),
      );
      expect([id, Object.keys(outputs)]).toEqual(['b', ['probabilities']]);
      expect(outputs.probabilities?.data[1]).toBeCloseTo(risk, 4);
    }
    const { features, risk } = rows[0] ?? { features: undefined, risk: Number.NaN };
    const run = await client('POST', '/models/heart/run', { body: { input: features } });
    expect(run.json).toMatchObject({ model_name: 'heart', cold: false });
    expect(run.json.output.risk).toBeCloseTo(risk, 4);
    const wrong = await client('POST', '/models/heart/run', { body: { input: { age: 'old' } } });
    expect([wrong.status, wrong.headers.get('warmset-error-code')]).toEqual([400, 'ERR_INPUT_INVALID']);
    expect((await client('GET', '/v2/models/heart')).json).toMatchObject({
      platform: 'onnx_onnxv1',
      inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 13] }],
    });
    expect((await client('GET', '/v2/models/heart/ready')).status).toBe(200);
    expect((await client('GET', '/v2/models/heart/stats')).json.model_stats[0].inference_count).toBe(7);
    expect((await client('POST', '/v2/repository/index', { body: {} })).json[0].state).toBe('READY');
    expect((await client('POST', '/v2/repository/models/heart/unload')).status).toBe(401);
    expect(
      (await client('POST', '/v2/repository/models/heart/unload', { headers: asAdmin, body: {} })).status,
    ).toBe(200);
    expect(registry.status('heart').state).toBe('idle');
    expect((await client('POST', '/v2/repository/models/heart/load', { headers: asAdmin })).status).toBe(200);
    expect((await client('GET', '/health')).json.models).toEqual({ heart: 'ready' });
    expect((await client('GET', '/metrics')).text).toContain('warmset_model_loads_total{model="heart"} 2');
    expect((await client('GET', '/none')).status).toBe(404);
  });

  it('refuses what is malformed on the direct way too', async () => {
    const { client } = await start(mount, { heart: onnxModel({ path }) }, { limits: { bodyBytes: 10_000 } });
    const post = (body: unknown, headers = {}, path = '/v2/models/heart/infer') =>
      client('POST', path, { body, headers });
    expect((await post(tensorBody())).status).toBe(400);
    if (!mount.includes('express.json')) expect((await post('{')).status).toBe(400);
    expect((await post('x', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post({ filler: 'x'.repeat(20_000) })).status).toBe(413);
    expect((await post(tensorBody(), {}, '/v2/models/none/infer')).status).toBe(404);
    expect((await post(tensorBody(), {}, '/v2/models/heart/versions/2/infer')).status).toBe(404);
  });

  it.each(['/v2/models/slow/infer', '/models/slow/run', '/v2/models/slow/infer?stream'])(
    'a client of %s that hangs up leaves the queue',
    async (path) => {
      const slow = gated();
      const { registry, url } = await start(mount, { slow: slow.definition });
      const body = JSON.stringify(path.includes('run') ? { input: 1 } : tensorBody());
      const sent = request(url + path, { method: 'POST', headers: { 'content-type': 'application/json' } });
      sent.on('error', () => {});
      sent.end(body);
      await until(() => registry.status('slow').waiting === 1);
      sent.destroy();
      await until(() => registry.status('slow').waiting === 0);
      await until(() => slow.aborted);
    },
  );

  it('streams events, and lets go of a client that leaves', async () => {
    const { registry, url } = await start(
      mount,
      { heart: onnxModel({ path }) },
      { events: { maxClients: 1 } },
    );
    const leave = new AbortController();
    const events = await fetch(`${url}/events`, { signal: leave.signal });
    const reader = events.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('event: snapshot');
    await registry.load('heart');
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('event: state');
    expect((await fetch(`${url}/events`)).status).toBe(503);
    leave.abort();
    await until(async () => {
      const again = await fetch(`${url}/events`);
      await again.body?.cancel();
      return again.status === 200;
    });
  });
});

describe('fastify', () => {
  it('keeps its own routes and parsers', async () => {
    const { url } = await start('fastify', { heart: onnxModel({ path }) });
    expect(await (await fetch(url.replace('/served', '/own'))).json()).toEqual({ own: true });
  });
});
