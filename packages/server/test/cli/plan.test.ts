import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planServe, type ServeFlags } from '../../src/cli/serve/plan.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'warmset-plan-'));
  await mkdir(join(folder, 'models'));
  await writeFile(join(folder, 'models/heart.onnx'), 'x');
  await writeFile(join(folder, 'config.json'), JSON.stringify(CONFIG));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const CONFIG = {
  models: './models',
  port: 1234,
  host: '0.0.0.0',
  preload: 'all',
  memory: { budgetBytes: 1e6, waitTimeoutMs: 5 },
  routes: { events: false },
  admin: { token: 'the-token-of-the-config' },
  shutdownTimeoutMs: 1000,
};

const ofFolder = (flags: ServeFlags = {}) => planServe(join(folder, 'models'), flags);
const ofConfig = (flags: ServeFlags = {}) => planServe(join(folder, 'config.json'), flags);

it('listens on this machine only, without being told to', async () => {
  expect(await ofFolder()).toMatchObject({
    port: 8080,
    host: '127.0.0.1',
    shutdownTimeoutMs: 25_000,
    server: { preload: [] },
  });
  expect((await ofFolder()).server).not.toHaveProperty('admin');
});

it('loses no model for its name', async () => {
  const file = join(folder, 'proto.json');
  await writeFile(file, '{ "models": { "__proto__": "models/heart.onnx", "b": "models/heart.onnx" } }');
  expect(Object.keys((await planServe(file, {})).models)).toEqual(['__proto__', 'b']);
});

it('takes a config as it is', async () => {
  expect(await ofConfig()).toMatchObject({
    port: 1234,
    host: '0.0.0.0',
    shutdownTimeoutMs: 1000,
    registry: { memory: CONFIG.memory },
    server: { preload: 'all', routes: CONFIG.routes, admin: CONFIG.admin },
  });
});

it('lets flags win over the config, each over its own part', async () => {
  const flags = {
    port: 0,
    host: '::1',
    preload: ['heart'],
    budget: 2e6,
    dashboard: false,
    adminToken: 'another-token-than-that',
  };
  expect(await ofConfig(flags)).toMatchObject({
    port: 0,
    host: '::1',
    registry: { memory: { budgetBytes: 2e6, waitTimeoutMs: 5 } },
    server: {
      preload: ['heart'],
      routes: { events: false, dashboard: false },
      admin: { token: 'another-token-than-that' },
    },
  });
});

it('hands a share of the limit on as it is, for the registry to follow the limit', async () => {
  expect((await ofFolder({ budget: '60%' })).registry.memory?.budgetBytes).toBe('60%');
  expect((await ofFolder({ budget: 'auto' })).registry.memory?.budgetBytes).toBe('auto');
});

it('asks whether a budget of a few bytes is meant', async () => {
  expect((await ofFolder({ budget: 300 })).notes).toEqual([
    'the budget is 300 B: a bare number means bytes, so write 300MB or 300MiB for megabytes',
  ]);
  expect((await ofFolder({ budget: 300e6 })).notes).toEqual([]);
});

it('refuses a token that is too short by the name of its flag, and does not repeat it', async () => {
  await expect(ofFolder({ adminToken: 'short' })).rejects.toMatchObject({
    exitCode: 2,
    message: '--admin-token, or the variable WARMSET_ADMIN_TOKEN: expected at least 16 characters, got 5.',
  });
});

it('hands on every option of the registry that a config may give', async () => {
  const file = join(folder, 'all.mjs');
  const options = {
    load: '{ retries: 1 }',
    eviction: "'lru'",
    idleTimeoutMs: '5',
    isolation: "'inline'",
    clock: '{ now() {}, setTimeout() {}, clearTimeout() {} }',
    memory: "{ budgetBytes: '60%', floorBytes: 0 }",
  };
  const written = Object.entries(options).map(([key, value]) => `${key}: ${value}`);
  await writeFile(file, `export default { models: './models', ${written.join(', ')} };`);
  const { registry } = await planServe(file, {});
  expect(Object.keys(registry).sort()).toEqual(Object.keys(options).sort());
  expect(registry.memory).toEqual({ budgetBytes: '60%', floorBytes: 0 });
});
