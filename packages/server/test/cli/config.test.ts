import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliError } from '../../src/cli/cli-error.js';
import { loadConfig } from '../../src/cli/config/load-config.js';
import { locateKey } from '../../src/cli/config/locate.js';
import { checkConfig } from '../../src/cli/config/schema.js';

const load = () => 1;
const textsOf = (config: unknown) => checkConfig(config).map(({ text }) => text);

describe('a config that fits', () => {
  it.each<[string, unknown]>([
    ['a folder', { models: './models' }],
    [
      'definitions, files and paths',
      { models: { a: { load }, b: { path: 'b.onnx', pinned: true }, c: 'c.onnx' } },
    ],
    ['no model yet', { models: {} }],
    ['a share of the limit', { models: 'm', memory: { budgetBytes: '62.5%', floorBytes: 0 } }],
    [
      'everything',
      {
        models: './models',
        port: 0,
        host: '::1',
        shutdownTimeoutMs: Number.POSITIVE_INFINITY,
        memory: {
          budgetBytes: 'auto',
          waitTimeoutMs: 1,
          probe: { rssBytes: load, limitBytes: load, availableBytes: load },
        },
        load: { concurrency: 1, retries: 0, backoff: { initialMs: 1, jitter: 0.5 } },
        eviction: { name: 'mine', score: load },
        idleTimeoutMs: 0,
        isolation: {
          kind: 'process',
          recycle: { afterRuns: 10 },
          env: { A: 'b' },
          hostFile: new URL('file:///a'),
        },
        connections: { keepAliveMs: 1, maxConnections: 5 },
        basePath: '/api',
        name: 'mine',
        routes: { dashboard: false, v2: true },
        preload: ['a'],
        cold: 'accept',
        limits: { bodyBytes: 1, batch: 8 },
        admin: { token: '0123456789abcdef' },
        cors: { origin: ['https://a.example'] },
        metrics: { defaults: true },
        events: { maxClients: 0 },
        logger: { error: load, warn: load, info: load },
        clock: { now: load, setTimeout: load, clearTimeout: load },
      },
    ],
  ])('has no problem: %s', (_what, config) => {
    expect(textsOf(config)).toEqual([]);
  });
});

describe('a config that does not fit', () => {
  it.each<[unknown, string]>([
    [{ models: 'm', prot: 1 }, 'there is no key prot; did you mean port?'],
    [
      { models: 'm', memory: { budgetBytse: 1 } },
      'there is no key memory.budgetBytse; did you mean budgetBytes?',
    ],
    [
      { models: 'm', memory: { budgetbytes: 1 } },
      'there is no key memory.budgetbytes; did you mean budgetBytes?',
    ],
    [
      { models: 'm', isolation: { recycle: { every: 1 } } },
      'there is no key isolation.recycle.every; known are afterRuns, afterMs, aboveBytes, jitter',
    ],
    [
      { models: 'm', routes: { dashbord: false } },
      'there is no key routes.dashbord; did you mean dashboard?',
    ],
    [{ models: 'm', port: '8080' }, 'port: expected a whole number from 0 to 65535, got "8080"'],
    [{ models: 'm', port: 70_000 }, 'port: expected a whole number from 0 to 65535, got 70000'],
    [{ models: 'm', idleTimeoutMs: -1 }, 'idleTimeoutMs: expected milliseconds ≥ 0, or Infinity, got -1'],
    [
      { models: 'm', idleTimeoutMs: Number.NaN },
      'idleTimeoutMs: expected milliseconds ≥ 0, or Infinity, got NaN',
    ],
    [
      { models: 'm', memory: { budgetBytes: '300MB' } },
      `memory.budgetBytes: expected a number of bytes > 0, a share of the limit up to '100%', or 'auto', got "300MB"`,
    ],
    [
      { models: 'm', eviction: 'fifo' },
      `eviction: expected 'cost', 'lru', 'lfu' or { name, score(candidate, now) }, got "fifo"`,
    ],
    [
      { models: 'm', isolation: 'fork' },
      `isolation: expected 'inline', 'thread', 'process' or an object, got "fork"`,
    ],
    [
      { models: 'm', isolation: { kind: 'fork' } },
      `isolation.kind: expected 'inline' or 'thread' or 'process', got "fork"`,
    ],
    [{ models: 'm', preload: 'heart' }, `preload: expected 'all' or a list of models' names, got "heart"`],
    [
      { models: 'm', admin: { token: 'hunter2' } },
      'admin.token: expected a text of at least 16 characters, got 7 characters',
    ],
    [{ models: 'm', cors: true }, 'cors: expected false or { origin }, got true'],
    [
      { models: { heart: 7 } },
      'models.heart: expected a definition such as onnxModel({ path }), a path, or { path, … }, got 7',
    ],
    [
      { models: { heart: { file: 'a' } } },
      'models.heart: expected a definition such as onnxModel({ path }), a path, or { path, … }, got an object',
    ],
    [{ models: 7 }, 'models: expected a folder, or models by name, got 7'],
    [{}, 'models is missing: expected a folder, or models by name'],
    [undefined, 'the config is missing: expected an object: export default defineConfig({ … })'],
    [() => ({}), 'the config: expected an object: export default defineConfig({ … }), got a function'],
  ])('%j: %s', (config, problem) => {
    expect(textsOf(config)).toEqual([problem]);
  });

  it('has all of its problems told at once', () => {
    expect(textsOf({ models: 'm', port: 'x', hots: 'a', limits: { batch: 0.5, que: 1 } })).toHaveLength(4);
  });
});

describe('the place of a key', () => {
  const source = [
    "import { defineConfig } from '@warmset/server';",
    '// port: 1',
    'const other = { port: 2 };',
    'export default defineConfig({',
    "  models: { heart: onnxModel({ path: 'port: 3', pinned: true }), 'my-model': 'x' },",
    '  /* { */ memory: {',
    '    budgetBytes: `{`, waitTimeoutMs: 5 },',
    '  preload: ["a", "b"], port,',
    '});',
  ].join('\n');

  it.each<[PropertyKey[], { line: number; column: number } | undefined]>([
    [['models'], { line: 5, column: 3 }],
    [['models', 'heart'], { line: 5, column: 13 }],
    [['models', 'my-model'], { line: 5, column: 66 }],
    [['memory', 'budgetBytes'], { line: 7, column: 5 }],
    [['memory', 'waitTimeoutMs'], { line: 7, column: 23 }],
    [['port'], { line: 8, column: 24 }],
    // Not spelt out: the place of what it is in.
    [['preload', 1], { line: 8, column: 3 }],
    [['memory', 'probe'], { line: 6, column: 11 }],
    [['pinned'], undefined],
    [['name'], undefined],
  ])('%j', (path, place) => {
    expect(locateKey(source, path)).toEqual(place);
  });

  it.each([
    ['export default { port: 1 }', 18],
    ['module.exports = { port: 1 }', 20],
    ['{ "port": 1 }', 3],
    ['export default { port: 1 } satisfies WarmsetConfig', 18],
    ['const config: WarmsetConfig = { port: 1 };\nexport default config;', 33],
  ])('in %s', (text, column) => {
    expect(locateKey(text, ['port'])).toEqual({ line: 1, column });
  });

  it('is none in what is no JavaScript', () => {
    expect(locateKey('}}}{{{ "', ['port'])).toBeUndefined();
  });
});

describe('a config file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'warmset-config-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function file(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  }

  async function failure(name: string, text: string): Promise<string> {
    const error = await loadConfig(await file(name, text)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({ exitCode: 2 });
    return (error as CliError).message;
  }

  it.each([
    [
      'a.ts',
      `enum Port { http = 1 }\nconst port: number = Port.http;\nexport default { models: 'm', port } as const;`,
    ],
    ['b.mts', `export default { models: 'm', port: 1 } satisfies object;`],
    ['c.mjs', `await null;\nexport default { models: 'm', port: 1 };`],
    ['d.cjs', `module.exports = { models: 'm', port: 1 };`],
    ['e.json', `\uFEFF{ "models": "m", "port": 1 }`],
    ['f.js', `export default { models: 'm', port: 1 };`],
  ])('is read: %s', async (name, text) => {
    expect(await loadConfig(await file(name, text))).toMatchObject({ models: 'm', port: 1 });
  });

  it('has its problems told with their lines, in their order', async () => {
    const text = `import type {} from 'node:fs';\nexport default {\n  models: './m',\n  limits: { btach: 1 },\n  prot: 80,\n  host: 7,\n};\n`;
    expect((await failure('wrong.ts', text)).split('\n')).toEqual([
      'wrong.ts:4:13: there is no key limits.btach; did you mean batch?',
      'wrong.ts:5:3: there is no key prot; did you mean port?',
      'wrong.ts:6:3: host: expected an address or a host name, got 7.',
    ]);
  });

  it.each([
    ['syntax.ts', 'export default {\n  a: [1, 2 }\n};', /^syntax\.ts:2: ParseError: /],
    ['json.json', '{\n  "models": }', /^json\.json:2:13: it is not valid JSON: expected a value, got }\.$/],
    ['throws.ts', `\nthrow new Error('no key');`, /^throws\.ts:2: no key\.$/],
    [
      'getter.mjs',
      `export default {\n  get models() { throw new Error('no key'); } };`,
      /^getter\.mjs:2: no key\.$/,
    ],
    ['rejects.mjs', `export default Promise.reject(new Error('no key'));`, /^rejects\.mjs:1: no key\.$/],
    [
      'package.ts',
      `import 'not-there';\nexport default {};`,
      /^package\.ts: it imports not-there, which is not installed\. Run: npm install not-there$/,
    ],
    ['none.ts', `export const config = {};`, /^none\.ts: it exports no config\. End it in: export default/],
    // What an empty file exports differs between Node that reads TypeScript itself and one that does not.
    ['empty.ts', '', /^empty\.ts: (it exports no config|models is missing)/],
  ])('that cannot be read says why: %s', async (name, text, message) => {
    expect(await failure(name, text)).toMatch(message);
  });
});
