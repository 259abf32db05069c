import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { adding, doubling, serving, tensorBody } from './support/models.js';

/** More than a few take their time: `WARMSET_MALFORMED=10000`. */
const REQUESTS = Number(process.env.WARMSET_MALFORMED ?? 500);

/** What the second half of them may leave behind: a kilobyte of each would be 5 MiB of 5,000. */
const MORE_HEAP = 2 * 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const json = fc.json({ maxDepth: 6 });
const deep = fc
  .integer({ min: 41, max: 20_000 })
  .map((depth) => `{"inputs":${'['.repeat(depth)}1${']'.repeat(depth)}}`);
const forbidden = fc.constantFrom(
  '{"input":{"__proto__":{"x":1}}}',
  '{"__proto__":{"inputs":[]},"inputs":[{"name":"__proto__","datatype":"FP32","shape":[1,2],"data":[1,2]}]}',
  '{"input":{"constructor":{"prototype":{"x":1}}}}',
);

/** A tensor with one thing wrong with it. */
const tensor = fc.oneof(
  fc.record({
    name: json,
    datatype: fc.constant('FP32'),
    shape: fc.constant([1, 2]),
    data: fc.constant([1, 2]),
  }),
  fc.record({
    name: fc.constant('x'),
    datatype: fc.string(),
    shape: fc.constant([1, 2]),
    data: fc.constant([1, 2]),
  }),
  fc.record({
    name: fc.constant('x'),
    datatype: fc.constantFrom('FP64', 'BYTES', 'BOOL', 'INT64'),
    shape: fc.constant([1, 2]),
    data: fc.anything(),
  }),
  fc.record({
    name: fc.constant('x'),
    datatype: fc.constant('FP32'),
    shape: fc.oneof(
      fc.array(fc.integer(), { maxLength: 8 }).filter((shape) => shape[1] !== 2),
      fc.anything(),
    ),
    data: fc.array(fc.double(), { maxLength: 8 }),
  }),
  fc.record({
    name: fc.constant('x'),
    datatype: fc.constant('FP32'),
    shape: fc.constant([1, 2]),
    data: fc.oneof(
      fc.array(fc.double(), { maxLength: 8 }).filter(({ length }) => length !== 2),
      fc.string(),
      fc.array(fc.string(), { minLength: 2, maxLength: 2 }),
    ),
  }),
  fc.record({
    name: fc.constant('x'),
    datatype: fc.constant('FP32'),
    shape: fc.constant([1, 2]),
    parameters: fc.record({ binary_data_size: fc.oneof(fc.integer(), fc.string(), fc.double()) }),
  }),
);

const infer = fc
  .record({ inputs: fc.oneof(fc.array(tensor, { minLength: 1, maxLength: 3 }), fc.anything()) })
  .map((body) => safeStringify(body));

const body = fc.oneof(
  json,
  deep,
  forbidden,
  infer,
  fc.string(),
  fc.uint8Array({ maxLength: 200 }),
  fc.constant(''),
);

const headers = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/json',
      'application/octet-stream',
      'text/plain',
      'a/b',
      'application/json; charset=utf-16',
    ),
    'inference-header-content-length': fc.oneof(
      fc.integer().map(String),
      fc.constantFrom('', 'x', '1e3', '99999999999999999999'),
    ),
    prefer: fc.constantFrom('respond-async, wait=0', 'wait=-1', 'wait=99999999', ',,;=', 'wait'),
    'content-encoding': fc.constantFrom('gzip', 'identity', 'zip'),
  },
  { requiredKeys: [] },
);

const name = fc.oneof(
  fc.constantFrom(
    'm',
    'piped',
    '__proto__',
    'constructor',
    'toString',
    '..',
    '%2e%2e',
    '%00',
    '%',
    '%E0%A4%A',
    'm/../m',
    'a'.repeat(5_000),
  ),
  fc.string({ maxLength: 40 }).map(encodeURIComponent),
);

const path = fc.oneof(
  name.map((model) => `/v2/models/${model}/infer`),
  fc.tuple(name, name).map(([model, version]) => `/v2/models/${model}/versions/${version}/infer`),
  name.map((model) => `/models/${model}/run`),
  name.map((model) => `/v2/repository/models/${model}/load`),
);

it(`answers ${REQUESTS} malformed requests with a 4xx and {"error"}, and the next good one well`, {
  timeout: 600_000,
}, async () => {
  const { handler, client, registry } = await serving(
    { m: doubling(), piped: adding() },
    { limits: { bodyBytes: 65_536 } },
  );
  await registry.preload();
  let sent = 0;
  let halfway = Number.NaN;
  await fc.assert(
    fc.asyncProperty(path, body, headers, async (path, body, headers) => {
      const request = requestOf(path, body, headers);
      // What no client can send is not a request.
      if (request === undefined) return;
      const response = await handler(request);
      const text = await response.text();
      // Some of what is generated is a request after all.
      if (response.status === 200 && isGood(body)) return;
      sent += 1;
      if (sent === REQUESTS >> 1) halfway = heapBytes();
      expect(response.status, `${path} ${text}`).toBeGreaterThanOrEqual(400);
      expect(response.status, `${path} ${text}`).toBeLessThan(500);
      expect(JSON.parse(text), path).toEqual({ error: expect.any(String) });
      expect(text, path).not.toMatch(/\n\s+at |node_modules|\/packages\//);
    }),
    { numRuns: REQUESTS },
  );
  expect(sent).toBeGreaterThan(REQUESTS * 0.9);
  expect(heapBytes() - halfway).toBeLessThan(MORE_HEAP);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect((await client('POST', '/v2/models/m/infer', { body: tensorBody() })).status).toBe(200);
  expect(
    (await client('POST', '/models/piped/run', { body: { input: { a: 1, b: 2 } } })).json.output,
  ).toEqual({ sum: 3 });
  expect(registry.snapshot().models.map(({ leases, waiting }) => leases + waiting)).toEqual([0, 0]);
});

function requestOf(
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string>,
): Request | undefined {
  try {
    return new Request(`http://server${path}`, { method: 'POST', body: body as string, headers });
  } catch {
    return undefined;
  }
}

/** `fast-check` finds shapes such as [3, 2] with six numbers, too. */
function isGood(body: string | Uint8Array): boolean {
  try {
    const { inputs, input } = JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body));
    return input !== undefined || inputs[0].name === 'x';
  } catch {
    return false;
  }
}

function safeStringify(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? 'null'
  );
}
