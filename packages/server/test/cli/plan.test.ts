import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
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
    budget: { bytes: 7 },
    dashboard: false,
    adminToken: 'another-token-than-that',
  };
  expect(await ofConfig(flags)).toMatchObject({
    port: 0,
    host: '::1',
    registry: { memory: { budgetBytes: 7, waitTimeoutMs: 5 } },
    server: {
      preload: ['heart'],
      routes: { events: false, dashboard: false },
      admin: { token: 'another-token-than-that' },
    },
  });
});

it('takes a budget as a share of what there is', async () => {
  const { registry } = await ofFolder({ budget: { share: 0.5 } });
  const bytes = registry.memory?.budgetBytes as number;
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(totalmem() / 2);
  expect((await ofFolder({ budget: 'auto' })).registry.memory?.budgetBytes).toBe('auto');
});
