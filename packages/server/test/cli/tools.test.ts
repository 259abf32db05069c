import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Measurement } from '../../src/cli/bench/measure.js';
import { builtCommand } from './support/command.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const examples = join(root, 'examples/models');
const shared = join(root, '../shared/models');
const hasShared = existsSync(shared);
if (!hasShared) {
  console.warn(`The tests on real models are skipped: only the project's own workspace has ${shared}.`);
}

const command = builtCommand();

describe('inspect', () => {
  it('prints what a model takes, gives and costs', async () => {
    const { code, stdout } = await command.run(['inspect', join(examples, 'heart/heart.onnx')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^kind +onnx$/m);
    expect(stdout).toMatch(/^runtime +onnxruntime-node \d/m);
    expect(stdout).toMatch(/^memory +[\d.]+ [kM]B \(measured/m);
    expect(stdout).toMatch(/^input +features +float32 +\[\?, 13\]$/m);
    expect(stdout).toMatch(/^output +probabilities +float32 +\[\?, 2\]$/m);
  });

  it('prints JSON with --json', async () => {
    const { stdout } = await command.run(['inspect', join(examples, 'lung/model.json'), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'tfjs',
      inputs: [{ name: 'features', dtype: 'float32', shape: [-1, 15] }],
      bytesSource: 'process',
    });
  });

  it.runIf(hasShared).each([
    ['onnx/mnist/model.onnx', /^input +Input3 +float32 +\[1, 1, 28, 28\]$/m],
    ['tfjs/abalone-layers/model.json', /^input +\S+ +float32 +\[\?, 8\]$/m],
  ])('reads %s', async (file, input) => {
    expect((await command.run(['inspect', join(shared, file)])).stdout).toMatch(input);
  });

  it('says why a file is no model, and exits 1', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'warmset-inspect-'));
    const file = join(folder, 'cut.onnx');
    await writeFile(file, '');
    expect(await command.run(['inspect', file])).toEqual({
      code: 1,
      stdout: '',
      stderr: `warmset: Cannot load ${file}: it is empty. (ERR_LOAD_FAILED)\n`,
    });
    await rm(folder, { recursive: true });
  });

  it.each([
    ['nothing.onnx', /^warmset: There is no nothing\.onnx\.\n$/],
    ['package.json', /^warmset: package\.json is no model: expected a \.onnx/],
  ])('is no command for %s', async (file, message) => {
    const { code, stderr } = await command.run(['inspect', file]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('status and bench', () => {
  it('show a running server, and measure it', async () => {
    const { url } = await command.serve([examples]);
    const address = url.replace('http://', '');

    const measured = await command.run([
      'bench',
      address,
      'heart',
      '--duration',
      '0.5',
      '--connections',
      '2',
      '--json',
    ]);
    expect(measured).toMatchObject({ code: 0, stderr: '' });
    const { requests, failures, latency, perSecond } = JSON.parse(measured.stdout) as Measurement;
    expect(requests).toBeGreaterThan(0);
    expect(failures).toEqual({});
    expect(perSecond).toBeGreaterThan(0);
    const { p50Ms, p99Ms, maxMs } = latency;
    expect(p50Ms).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
    expect(maxMs).toBeGreaterThanOrEqual(p99Ms);

    const shown = await command.run(['status', url]);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^heart +ready +[\d.]+ [kM]B +\S+ \S+ +1 +0 +0 +0 +\d+ +\S+ \S+ +\S+ \S+$/m);
    expect(shown.stdout).toMatch(/^liver +idle +– +– +0 +0 +0 +0 +0 +– +–$/m);

    const json = JSON.parse((await command.run(['status', url, '--json'])).stdout) as {
      models: Record<string, { runs: number }>;
    };
    expect(json.models.heart?.runs).toBeGreaterThanOrEqual(requests);

    const unknown = await command.run(['bench', url, 'haert', '--duration', '0.1']);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('404');
  }, 20_000);

  it('measure with a request of the user’s own, also in binary', async () => {
    const { url } = await command.serve([examples]);
    const folder = await mkdtemp(join(tmpdir(), 'warmset-bench-'));
    const file = join(folder, 'request.json');
    const inputs = [
      { name: 'features', shape: [1, 13], datatype: 'FP32', data: Array.from({ length: 13 }, () => 1) },
    ];
    await writeFile(file, JSON.stringify({ inputs }));
    const run = (...args: readonly string[]) => command.run(['bench', url, 'heart', '-d', '0.2', ...args]);
    expect(await run('--input', file)).toMatchObject({ code: 0 });
    expect(await run('--binary', '--batch', '8')).toMatchObject({ code: 0 });
    await writeFile(file, JSON.stringify({ inputs: [] }));
    const refused = await run('--input', file);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^warmset: The first request was answered with 400: /);
    await rm(folder, { recursive: true });
  }, 20_000);

  it('count requests that fail, and exit 1', async () => {
    let answered = 0;
    const server = await listening((request, response) => {
      const isMetadata = request.method === 'GET';
      answered += isMetadata ? 0 : 1;
      response.statusCode = isMetadata || answered === 1 ? 200 : 503;
      response.setHeader('content-type', 'application/json');
      response.end(
        isMetadata ? '{"name":"m","inputs":[{"name":"x","datatype":"FP32","shape":[1]}],"outputs":[]}' : '{}',
      );
    });
    const { code, stdout, stderr } = await command.run(['bench', server.url, 'm', '-d', '0.2', '-c', '1']);
    server.close();
    expect(stdout).toMatch(/failed: \d+ × 503/);
    expect(stderr).toMatch(/^warmset: (\d+) of \1 requests failed\.\n$/);
    expect(code).toBe(1);
  });

  it('send no load to another machine unless told to', async () => {
    const { code, stderr } = await command.run(['bench', 'http://192.0.2.1', 'heart']);
    expect(stderr).toMatch(/^warmset: 192\.0\.2\.1 is not this machine\. .*--remote/);
    expect(code).toBe(2);
  });

  it('say so where no server is, and where it is another one', async () => {
    const server = await listening((_request, response) => response.end('{"hello":1}'));
    const other = await command.run(['status', server.url]);
    expect(other).toMatchObject({
      code: 1,
      stderr: `warmset: ${server.url} answers, but not as a Warmset server does.\n`,
    });
    server.close();
    const none = await command.run(['status', server.url]);
    expect(none).toMatchObject({
      code: 1,
      stderr: `warmset: ${server.url} does not answer: nothing listens there.\n`,
    });
    expect(await command.run(['status', 'not a url'])).toMatchObject({ code: 2 });
  });
});

async function listening(
  answer: Parameters<typeof createServer>[1],
): Promise<{ url: string; close(): void }> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

describe('the command', () => {
  it('prints its version and its help, and exits 0', async () => {
    expect((await command.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await command.run(['serve', '--help']);
    expect(help.code).toBe(0);
    for (const flag of ['--port', '--host', '--preload', '--budget', '--admin-token', '--no-dashboard']) {
      expect(help.stdout).toContain(flag);
    }
  });

  it('prints its help where it is asked for nothing, and exits 2', async () => {
    const { code, stderr } = await command.run([]);
    expect(stderr).toContain('Usage: warmset');
    expect(code).toBe(2);
  });
});

describe('without the packages that a model needs', () => {
  let project = '';
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'warmset-bare-'));
    // The project's own adapters come first, and these have nothing to run a model with.
    const adapter = (name: string) => join(project, 'node_modules/@warmset', name);
    for (const [name, text] of [
      ['adapters-onnx', 'export const onnxModel = () => ({ load: () => 1 });'],
      ['adapters-tfjs', 'export const tfjsModel = () => ({ load: () => 1 });'],
    ] as const) {
      await mkdir(adapter(name), { recursive: true });
      await writeFile(join(adapter(name), 'package.json'), '{ "type": "module", "exports": "./index.js" }');
      await writeFile(join(adapter(name), 'index.js'), text);
    }
    await mkdir(join(project, 'models'));
    await writeFile(join(project, 'models/heart.onnx'), 'x');
    await writeFile(join(project, 'models/liver.h5'), 'x');
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  it('says in one line each what to install, and serves on', async () => {
    const { command: served, url } = await command.serve(['models'], { cwd: project });
    await served.says(/heart: a load failed[\s\S]*liver: a load failed.*\n/);
    expect(served.stdout).toContain(
      'heart: a load failed: Model "heart" needs onnxruntime-node, which is not installed. Run: npm install @warmset/adapters-onnx onnxruntime-node\n',
    );
    expect(served.stdout).toMatch(
      /liver: a load failed: Model "liver" needs kerasModel\(\) of @warmset\/adapters-tfjs, which the installed version has not got\. Run: npm install /,
    );
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });
});
