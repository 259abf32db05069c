import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { WarmsetError } from '../../src/errors.js';
import { deathSignalPrefix } from '../../src/isolation/death-signal.js';
import type { RemoteHost } from '../../src/isolation/host.js';
import { startProcessHost } from '../../src/isolation/process-host.js';
import type { RemoteHostOptions } from '../../src/isolation/remote-host.js';
import { buildHost } from './support/built-host.js';
import {
  downOf,
  fixture,
  hostOptions,
  isAlive,
  load,
  loadContext,
  portable,
  told,
  until,
} from './support/hosts.js';

const built = buildHost();

/** Whether a host that loops for ever can be ended with its server here. */
const diesWithServer = (await deathSignalPrefix()).length > 0;
if (!diesWithServer)
  console.info('No setpriv here: hosts in an endless loop outlive a killed server; not tested.');

const hosts: RemoteHost[] = [];

async function start(options: Partial<RemoteHostOptions> = {}): Promise<RemoteHost> {
  const host = await startProcessHost(hostOptions(built.hostFile, options));
  hosts.push(host);
  return host;
}

afterEach(async () => {
  for (const host of hosts.splice(0)) {
    host.kill('the test is over');
    await host.gone;
    expect(isAlive(host.pid)).toBe(false);
  }
});

describe('a process host', () => {
  it('runs a model in a process of its own and ends it', async () => {
    const host = await start();
    expect(host.pid).not.toBe(process.pid);
    const model = await load(host, 'echo');
    expect(model.runtime).toBe('echo 1.0');
    expect(model.signature?.inputs[0]?.name).toBe('x');
    const x = { dtype: 'float32', shape: [1, 3], data: Float32Array.of(1, 2, 3) };
    expect(await model.run({ x }, told)).toEqual({ x });
    expect(host).toMatchObject({ kind: 'process', state: 'up', inFlight: 0, runs: 1 });
    expect(await host.end()).toBe('ended');
    expect(host.state).toBe('down');
    expect(isAlive(host.pid)).toBe(false);
  });

  it('answers 64 requests at a time, each with its own', async () => {
    const model = await load(await start(), 'echo');
    const numbers = Array.from({ length: 64 }, (_, index) => index);
    expect(await Promise.all(numbers.map((n) => model.run(n, told)))).toEqual(numbers);
  });

  it('carries big tensors, every typed array, and views of shared memory', async () => {
    const model = await load(await start(), 'echo');
    const big = new Float32Array(8_000_000).fill(0.5);
    const out = (await model.run({ big }, told)) as { big: Float32Array };
    expect(out.big.length).toBe(big.length);
    expect(out.big.at(-1)).toBe(0.5);
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const all = { shared, i64: BigInt64Array.of(-1n), u8: Uint8Array.of(1), f64: Float64Array.of(0.1) };
    expect(await model.run(all, told)).toEqual({ ...all, shared: new Int32Array(2) });
  });

  it('gives small results buffers of their own', async () => {
    const model = await load(await start(), 'echo');
    const data = new Float32Array(13);
    const results = await Promise.all(Array.from({ length: 64 }, () => model.run({ x: { data } }, told)));
    const buffers = results.map((result) => (result as { x: { data: Float32Array } }).x.data.buffer);
    for (const buffer of buffers) expect(buffer.byteLength).toBeLessThan(2048);
  });

  it('reports progress', async () => {
    const fractions: number[] = [];
    const context = loadContext({ reportProgress: (fraction) => fractions.push(fraction) });
    await (await start()).load(portable('withProgress'), context, () => {});
    expect(fractions).toEqual([0.25, 0.5, 1]);
  });

  it('measures what a model takes of its private memory, and what comes back', async () => {
    const host = await start();
    const bytes = 64 * 2 ** 20;
    const model = await load(host, 'heavy', { bytes });
    expect(model.bytes).toBeGreaterThan(0.9 * bytes);
    expect(model.bytes).toBeLessThan(1.2 * bytes);
    expect(model.source).toBe(process.platform === 'linux' ? 'process' : 'rss');
    expect(host.bytes).toBeGreaterThan(host.ownBytes + 0.9 * bytes);
    expect(await model.dispose()).toBeGreaterThan(0.9 * bytes);
    expect(await host.measure()).toBeLessThan(host.ownBytes + 0.2 * bytes);
  });

  it('hands out a model that says where it lives', async () => {
    const { model } = await load(await start(), 'echo');
    const remote = model as { run(input: unknown): Promise<unknown>; inputNames: unknown };
    expect(await remote.run(5)).toBe(5);
    expect(() => remote.inputNames).toThrow(/lives in a process.*isolation: 'inline'/);
  });
});

describe('a load in a process host fails', () => {
  it('with the loader’s own error', async () => {
    const host = await start();
    const failed = await load(host, 'failing', { message: 'no file' }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(RangeError);
    expect(failed).toMatchObject({ message: 'no file', code: 'EFIXTURE', cause: { message: 'the reason' } });
    expect((failed as Error).stack).toContain('models.mjs');
    expect(host.state).toBe('up');
  });

  it('where the module, the export or the definition is not there', async () => {
    const host = await start();
    const invalid = { code: 'ERR_MODEL_INVALID', retriable: false };
    const missing = { load() {}, portable: { module: fixture('nowhere.mjs'), export: 'x', options: 0 } };
    await expect(host.load(missing, loadContext(), () => {})).rejects.toMatchObject(invalid);
    const bare = { load() {}, portable: { module: 'no-such-package-anywhere', export: 'x', options: 0 } };
    await expect(host.load(bare, loadContext(), () => {})).rejects.toMatchObject(invalid);
    await expect(load(host, 'nothing')).rejects.toThrow(/"nothing" of .*is not there; expected a function/);
    await expect(load(host, 'notAFunction')).rejects.toThrow(/which is 42/);
    await expect(load(host, 'notADefinition')).rejects.toThrow(/not a definition/);
  });

  it('where the import throws, with what the module printed', async () => {
    const host = await start();
    const broken = portable('x', {}, 'throws-on-import.mjs');
    const failed: unknown = await host.load(broken, loadContext(), () => {}).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'ERR_LOAD_FAILED', retriable: false });
    expect((failed as Error).message).toContain('does not work here');
  });

  it('where the options cannot be cloned', async () => {
    await expect(load(await start(), 'echo', { fn: () => {} })).rejects.toMatchObject({
      code: 'ERR_MODEL_INVALID',
      message: expect.stringContaining('cannot be sent'),
    });
  });

  it('when it is cancelled, with the signal’s reason', async () => {
    const abort = new AbortController();
    const reason = new Error('nobody waits');
    const context = loadContext({ signal: abort.signal, reportProgress: () => abort.abort(reason) });
    await expect((await start()).load(portable('slow'), context, () => {})).rejects.toBe(reason);
  });

  it('and says why what it left could not be disposed of', async () => {
    const undisposed: unknown[] = [];
    const loading = (await start()).load(portable('undisposable'), loadContext(), (cause) =>
      undisposed.push(cause),
    );
    await expect(loading).rejects.toThrow('warm-up failed');
    expect(undisposed).toMatchObject([{ message: 'dispose failed' }]);
  });

  it('with the host, where that dies', async () => {
    const host = await start();
    await expect(load(host, 'exitInLoad')).rejects.toMatchObject({
      code: 'ERR_MODEL_CRASHED',
      message: expect.stringMatching(/exited with code 7\. Its stderr ended with:\ndying in load/),
    });
  });

  it('with its host, where it loops for ever and was given up', async () => {
    const host = await start({ pingTimeoutMs: 200 });
    const abort = new AbortController();
    const giveUp = () => abort.abort(new WarmsetError('ERR_LOAD_TIMEOUT', 'took too long'));
    const context = loadContext({ signal: abort.signal, reportProgress: giveUp });
    const loading = host.load(portable('loopInLoad'), context, () => {});
    await expect(loading).rejects.toMatchObject({
      code: 'ERR_MODEL_CRASHED',
      message: expect.stringContaining('SIGKILL, since it did not answer a ping within 200 ms'),
    });
  });
});

describe('a run in a process host fails', () => {
  it('with the model’s own error, whatever hangs on that', async () => {
    const model = await load(await start(), 'trouble');
    await expect(model.run('throw', told)).rejects.toMatchObject({ message: 'no luck', code: 'EFN' });
    await expect(model.run('throw-primitive', told)).rejects.toMatchObject({ message: 'only text' });
    await expect(model.run('function', told)).rejects.toMatchObject({ code: 'ERR_RUN_FAILED' });
    expect(await model.run('still there', told)).toBe('still there');
  });

  it('where the input cannot be cloned', async () => {
    const model = await load(await start(), 'trouble');
    await expect(model.run(() => {}, told)).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
    expect(await model.run('still there', told)).toBe('still there');
  });

  it('when it is cancelled, with the signal’s reason', async () => {
    const model = await load(await start(), 'trouble');
    const abort = new AbortController();
    const running = model.run('cancel', { ...told, signal: abort.signal });
    const reason = new Error('the client went away');
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
  });
});

describe('a process host that goes down', () => {
  const ends = [
    ['exit', /exited with code 3\. Its stderr ended with:\nlast words of the host/],
    ['sigkill', /was ended by SIGKILL/],
    ['abort', /was ended by SIGABRT/],
    ['uncaught', /exited with code 1\. Its stderr ended with:[\s\S]*nobody catches this/],
    ['disconnect', /was ended by SIGKILL/],
  ] as const;

  it.each(ends)('by %s fails all that is in flight, and says why', async (what, message) => {
    const host = await start();
    const model = await load(host, 'trouble');
    const down = downOf(host);
    const others = Array.from({ length: 3 }, () =>
      model.run('cancel', { ...told, signal: new AbortController().signal }),
    );
    const crashed = { code: 'ERR_MODEL_CRASHED', modelName: 'm', message: expect.stringMatching(message) };
    const all = [...others, model.run(what, told)];
    const settled = await Promise.allSettled(all);
    const failed = settled.filter((result) => result.status === 'rejected');
    // The run that lets an error loose has its own answer first.
    expect(failed.length).toBe(what === 'uncaught' ? 3 : 4);
    for (const { reason } of failed) expect(reason).toMatchObject(crashed);
    expect(await down).toMatch(message);
    expect(host).toMatchObject({ state: 'down', inFlight: 0, bytes: 0 });
    await expect(model.run(1, told)).rejects.toMatchObject(crashed);
    expect(await model.dispose()).toBeUndefined();
    expect(await host.end()).toBe('ended');
  });

  it.each(['loop', 'stop'])('is killed for a run that does not come back (%s)', async (what) => {
    const host = await start({ runTimeoutMs: 300 });
    const model = await load(host, 'trouble');
    await expect(model.run(what, told)).rejects.toMatchObject({
      code: 'ERR_MODEL_CRASHED',
      message: expect.stringContaining('was ended by SIGKILL, since a request took longer than 300 ms'),
    });
    await host.gone;
    expect(isAlive(host.pid)).toBe(false);
  });

  it('is killed where it does not answer pings', async () => {
    const host = await start({ pingEveryMs: 50, pingTimeoutMs: 500 });
    const down = downOf(host);
    process.kill(host.pid, 'SIGSTOP');
    expect(await down).toContain('did not answer a ping within 500 ms');
  });

  it('is not taken for dead where the server itself was busy', async () => {
    const host = await start({ pingEveryMs: 20, pingTimeoutMs: 300, runTimeoutMs: 300 });
    const model = await load(host, 'trouble');
    for (let round = 0; round < 3; round += 1) {
      const running = model.run(round, told);
      const busyUntil = performance.now() + 500;
      while (performance.now() < busyUntil);
      expect(await running).toBe(round);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(host.state).toBe('up');
  });

  it('is killed in a dispose that loops for ever, and the model is gone with it', async () => {
    const host = await start({ runTimeoutMs: 200 });
    const model = await load(host, 'loopInDispose');
    expect(await model.dispose()).toBeUndefined();
    expect(host.state).toBe('down');
  });

  it('takes a model along that dies in its dispose', async () => {
    const model = await load(await start(), 'exitInDispose');
    expect(await model.dispose()).toBeUndefined();
  });

  it('does not start without its file, and says what Node said', async () => {
    const nowhere = pathToFileURL('/nowhere/host-main.js');
    await expect(startProcessHost(hostOptions(nowhere))).rejects.toMatchObject({
      code: 'ERR_LOAD_FAILED',
      message: expect.stringContaining('Cannot find module'),
    });
  });
});

describe('ending a process host', () => {
  it('waits for what it has begun', async () => {
    const host = await start();
    const model = await load(host, 'trouble');
    const running = model.run({ blockMs: 100 }, told);
    const ending = host.end();
    expect(await running).toEqual({ blockMs: 100 });
    expect(await ending).toBe('ended');
  });

  it('does not wait for what a model left behind', async () => {
    const host = await start();
    await load(host, 'leavesTimer');
    expect(await host.end()).toBe('ended');
  });

  it('kills what does not end', async () => {
    const host = await start({ stopTimeoutMs: 100 });
    const model = await load(host, 'trouble');
    const running = model.run('loop', told);
    const failed = expect(running).rejects.toMatchObject({ code: 'ERR_MODEL_CRASHED' });
    let down = false;
    host.onDown = () => {
      down = true;
    };
    expect(await host.end()).toBe('ended');
    await failed;
    expect(down).toBe(false);
    expect(isAlive(host.pid)).toBe(false);
  });

  it('is the server’s to decide: signals to the group of processes do not end it', async () => {
    const host = await start();
    const model = await load(host, 'echo');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(host.pid, signal);
    expect(await model.run(1, told)).toBe(1);
    expect(host.state).toBe('up');
  });
});

describe('a server that ends', () => {
  function serve(what: string) {
    const args = [
      fileURLToPath(fixture('server.mjs')),
      built.hostFile.href,
      built.starters.href,
      'process',
      what,
    ];
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void server.kill('SIGKILL'));
    return server;
  }

  it('is not kept alive by an idle host, and leaves none behind', async () => {
    const server = serve('idle');
    const [[pid], [code]] = await Promise.all([once(server.stdout, 'data'), once(server, 'exit')]);
    expect(code).toBe(0);
    await until(() => !isAlive(Number(pid)));
  });

  it.each(['wait', ...(diesWithServer ? ['loop'] : [])])(
    'by SIGKILL leaves no host behind (%s)',
    async (what) => {
      const server = serve(what);
      const [pid] = await once(server.stdout, 'data');
      server.kill('SIGKILL');
      await until(() => !isAlive(Number(pid)));
    },
  );
});
