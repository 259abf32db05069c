import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtCommand } from './support/command.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const examples = join(root, 'examples/models');
const heart = join(examples, 'heart/heart.onnx');
const patient = {
  inputs: [
    {
      name: 'features',
      shape: [1, 13],
      datatype: 'FP32',
      data: [63, 1, 3, 145, 233, 1, 0, 150, 0, 2.3, 0, 0, 1],
    },
  ],
};

const command = builtCommand();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'warmset-serve-'));
  await mkdir(join(folder, 'mixed'));
  await copyFile(heart, join(folder, 'mixed/heart.onnx'));
  await writeFile(join(folder, 'mixed/broken.onnx'), 'not a model');
  await symlink('/etc/passwd', join(folder, 'mixed/outside.onnx'));
  await mkdir(join(folder, 'empty'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function infer(url: string, model: string, body: object = patient): Promise<Response> {
  return fetch(`${url}/v2/models/${model}/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

describe('serve, of a folder', () => {
  it('serves every model in it without a configuration, and ends on SIGTERM with 0', async () => {
    const { command: served, url } = await command.serve([examples]);
    expect(served.stdout).toContain('4 models: diabetes, heart, liver, lung');
    const answer = await infer(url, 'heart');
    expect(answer.status).toBe(200);
    const { outputs } = (await answer.json()) as { outputs: { name: string; shape: number[] }[] };
    expect(outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['label', [1]],
      ['probabilities', [1, 2]],
    ]);
    served.child.kill('SIGTERM');
    expect(await served.ended).toMatchObject({ code: 0, stderr: '' });
    expect(served.stdout).toMatch(/SIGTERM: closing[\s\S]*closed\n$/);
  });

  it('preloads what is asked for, and is ready then', async () => {
    const { command: served, url } = await command.serve([examples, '--preload', 'heart,liver']);
    await served.says(/heart is ready: [\s\S]*liver is ready|liver is ready: [\s\S]*heart is ready/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const status = (await (await fetch(`${url}/model-status`)).json()) as Record<string, { loaded: boolean }>;
    expect(Object.entries(status).map(([name, { loaded }]) => [name, loaded])).toEqual([
      ['diabetes', false],
      ['heart', true],
      ['liver', true],
      ['lung', false],
    ]);
  });

  it('serves the good ones where one is broken, says so in one line each, and /readyz tells of it', async () => {
    const { command: served, url } = await command.serve([join(folder, 'mixed')]);
    await served.says(/ERROR/);
    const lines = served.stdout
      .split('\n')
      .filter((line) => /broken|outside/.test(line) && !line.includes('models:'));
    expect(lines).toEqual([
      expect.stringMatching(/WARN: outside\.onnx is left out: it is a link that leads out of the folder$/),
      expect.stringMatching(
        /ERROR: broken: a load failed: Cannot load .*broken\.onnx: it is not an ONNX file/,
      ),
    ]);
    expect((await infer(url, 'heart')).status).toBe(200);
    expect((await infer(url, 'broken')).status).toBe(503);
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.text()).toContain('broken');
  });

  it('stays red where a broken one was to be preloaded', async () => {
    const { command: served, url } = await command.serve([join(folder, 'mixed'), '--preload', 'all']);
    await served.says(/heart is ready/);
    await served.says(/ERROR/);
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('broken');
    expect((await infer(url, 'heart')).status).toBe(200);
  });

  it('tells how its budget came about, of models that do not fit, and where they run', async () => {
    const { command: share } = await command.serve([examples, '--budget', '60%']);
    await share.says(/INFO: \S+ MiB for models: 60% of \S+ MiB/);
    const { command: served } = await command.serve([examples, '--budget', '300']);
    await served.says(/WARN: the budget is 300 B: a bare number means bytes/);
    await served.says(/INFO: a budget under 64 MiB: models run inline, in this process/);
    await served.says(/WARN: \w+ needs \S+ [kM]B, the budget is 300 B/);
  });

  it('lets those with the token load and unload, and nobody without one', async () => {
    const token = 'a-token-for-this-test';
    const { url } = await command.serve([examples], { env: { WARMSET_ADMIN_TOKEN: token } });
    const load = (headers: Record<string, string>) =>
      fetch(`${url}/v2/repository/models/heart/load`, { method: 'POST', headers });
    expect((await load({})).status).toBe(401);
    expect((await load({ authorization: `Bearer ${token}` })).status).toBe(200);
    const { url: open } = await command.serve([examples]);
    const refused = await fetch(`${open}/v2/repository/models/heart/load`, { method: 'POST' });
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain('--admin-token');
  });

  it('logs a JSON object a line with --json', async () => {
    const { command: served } = await command.serve([join(folder, 'mixed'), '--json']);
    await served.says(/a load failed/);
    served.child.kill('SIGTERM');
    const { stdout } = await served.ended;
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string; model?: string });
    expect(lines.find(({ level }) => level === 'error')).toMatchObject({
      model: 'broken',
      code: 'ERR_LOAD_FAILED',
    });
  });

  it('answers every accepted request after SIGTERM under load, and exits 0', async () => {
    const { command: served, url } = await command.serve([examples]);
    const statuses: (number | 'refused')[] = [];
    let isClosing = false;
    const client = async () => {
      for (;;) {
        const isLate = isClosing;
        const status = await infer(url, 'heart').then(
          ({ status }) => status,
          (error: Error) =>
            (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED' ? 'refused' : -1,
        );
        statuses.push(status);
        if (status !== 200) return;
        // Kept alive or not, a request that is sent after the signal may find nobody.
        if (isLate) return;
      }
    };
    const clients = Array.from({ length: 16 }, client);
    await served.says(/heart is ready/);
    while (statuses.length < 100) await new Promise((resolve) => setImmediate(resolve));
    served.child.kill('SIGTERM');
    await served.says(/SIGTERM: closing/);
    isClosing = true;
    await Promise.all(clients);
    expect((await served.ended).code).toBe(0);
    const failed = statuses.filter((status) => status !== 200 && status !== 'refused');
    expect(failed).toEqual([]);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(100);
  }, 30_000);
});

describe('serve, of a config file', () => {
  it('serves what a TypeScript config says, and flags win over it', async () => {
    await writeFile(
      join(folder, 'warmset.config.ts'),
      `import { defineConfig } from '@warmset/server';
       export default defineConfig({
         models: { mine: 'mixed/heart.onnx', other: { path: 'mixed/heart.onnx', maxConcurrency: 2 } },
         name: 'from-the-config', memory: { budgetBytes: 300e6 }, preload: ['other'], routes: { dashboard: false },
       });`,
    );
    // Outside any project: what it imports of ours comes from the command itself, as under npx.
    const { command: served, url } = await command.serve(
      [join(folder, 'warmset.config.ts'), '--preload', 'mine'],
      { cwd: folder },
    );
    expect(served.stdout).toContain('2 models: mine, other; 300 MB');
    await served.says(/mine is ready/);
    expect(served.stdout).not.toContain('dashboard');
    expect(await (await fetch(`${url}/v2`)).json()).toMatchObject({ name: 'from-the-config' });
    expect((await infer(url, 'other')).status).toBe(200);
  });

  it('tells every problem with its line, and exits 2', async () => {
    const file = join(folder, 'wrong.config.ts');
    await writeFile(
      file,
      `export default {\n  models: './mixed',\n  prot: 80,\n  limits: { batch: 'x' },\n};\n`,
    );
    expect(await command.run(['serve', file])).toEqual({
      code: 2,
      stdout: '',
      stderr: [
        'warmset: wrong.config.ts:3:3: there is no key prot; did you mean port?',
        'warmset: wrong.config.ts:4:13: limits.batch: expected a whole number ≥ 1, got "x".',
        '',
      ].join('\n'),
    });
  });
});

describe('serve, asked for wrongly', () => {
  it('says in one line that a port is in use, and exits 1', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as { port: number };
    const ended = await command.run(['serve', examples, '--port', String(port)]);
    holder.close();
    expect(ended).toMatchObject({
      code: 1,
      // Where no container limits the memory, the log says so first.
      stdout: expect.stringMatching(/^(.* INFO: No cgroup limits .*\n)?$/),
      stderr: `warmset: Port ${port} on 127.0.0.1 is in use. Give another one, or 0 for any free one: --port 0\n`,
    });
  });

  it.each<[string[], RegExp]>([
    [
      ['serve', 'EMPTY'],
      /^warmset: There is no model in .*empty: no \.onnx, model\.json, \.h5, \.keras or saved_model\.pb\.\n$/,
    ],
    [['serve', 'nowhere'], /^warmset: There is no nowhere: give a folder of models or a config file\.\n$/],
    [
      ['serve', heart],
      /^warmset: .*heart\.onnx is neither a folder nor a config file .* Serve its folder: .*heart\n$/,
    ],
    [
      ['serve', examples, '--preload', 'hart'],
      /^warmset: preload: there is no model "hart"; did you mean heart\?\n$/,
    ],
    [
      ['serve', examples, '--port', '70000'],
      /^warmset: option '-p, --port <port>' argument '70000' is invalid/,
    ],
    [
      ['serve', examples, '--budget', 'much'],
      /^warmset: option '--budget <size>' argument 'much' is invalid/,
    ],
    [
      ['serve', examples, '--admin-token', 'short'],
      /^warmset: --admin-token, or the variable WARMSET_ADMIN_TOKEN: expected at least 16 characters, got 5\.\n$/,
    ],
    [['serve', examples, '--prot', '1'], /^warmset: unknown option '--prot'\n\(Did you mean --port\?\)\n$/],
    [['sreve', examples], /^warmset: unknown command 'sreve'\n\(Did you mean serve\?\)\n$/],
  ])('%j: exits 2', async (args, message) => {
    const { code, stderr } = await command.run(
      args.map((arg) => (arg === 'EMPTY' ? join(folder, 'empty') : arg)),
    );
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
