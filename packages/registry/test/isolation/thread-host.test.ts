import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { RemoteHost } from '../../src/isolation/host.js';
import type { RemoteHostOptions } from '../../src/isolation/remote-host.js';
import { startThreadHost } from '../../src/isolation/thread-host.js';
import { buildHost } from './support/built-host.js';
import { downOf, fixture, hostOptions, load, loadContext, portable, told, until } from './support/hosts.js';

const built = buildHost();
const hosts: RemoteHost[] = [];

async function start(options: Partial<RemoteHostOptions> = {}): Promise<RemoteHost> {
  const host = await startThreadHost({ ...hostOptions(built.hostFile, options), execArgv: undefined });
  hosts.push(host);
  return host;
}

afterEach(async () => {
  for (const host of hosts.splice(0)) {
    await host.end();
    await host.gone;
  }
});

interface Tensor {
  readonly data: Float32Array;
}

describe('a thread host', () => {
  it('runs a model in a thread and ends it', async () => {
    const host = await start();
    expect(host).toMatchObject({ kind: 'thread', pid: process.pid, threadId: expect.any(Number) });
    const model = await load(host, 'echo');
    const numbers = Array.from({ length: 64 }, (_, index) => index);
    expect(await Promise.all(numbers.map((n) => model.run(n, told)))).toEqual(numbers);
    expect(model).toMatchObject({ bytes: 1234, source: 'runtime', runtime: 'echo 1.0', isolation: 'thread' });
    expect(host.bytes).toBe(host.ownBytes + 1234);
    await model.dispose();
    expect(host.bytes).toBe(host.ownBytes);
    expect(await host.end()).toBe('ended');
    expect(host.state).toBe('down');
  });

  it('never detaches or changes a caller’s input', async () => {
    const model = await load(await start(), 'writes');
    const data = new Float32Array(1_000_000);
    expect(await model.run({ x: { data } }, told)).toBe(false);
    const row = data.subarray(13, 26);
    expect(await model.run({ x: { data: row } }, told)).toBe(false);
    expect(data.length).toBe(1_000_000);
    expect(row.length).toBe(13);
    expect(data.every((value) => value === 0)).toBe(true);
  });

  it('reads shared memory in place', async () => {
    const model = await load(await start(), 'writes');
    const data = new Float32Array(new SharedArrayBuffer(16));
    expect(await model.run({ x: { data } }, told)).toBe(true);
    expect(data[0]).toBe(99);
  });

  it('hands results over whole, cuts out parts, and copies what cannot be handed over', async () => {
    const model = await load(await start(), 'results');
    const big = (await model.run('big', told)) as { y: Tensor };
    expect(big.y.data.length).toBe(4_000_000);
    const part = (await model.run('part', told)) as { y: Tensor };
    expect(part.y.data.buffer.byteLength).toBe(40);
    expect([...part.y.data]).toEqual(Array(10).fill(3));
    const wasm = (await model.run('wasm', told)) as { y: Tensor };
    expect(wasm.y.data.length).toBe(16_384);
  });

  it('says so where a model gives the same array twice', async () => {
    const model = await load(await start(), 'results');
    await model.run('constant', told);
    await expect(model.run('constant', told)).rejects.toMatchObject({
      code: 'ERR_RUN_FAILED',
      message: expect.stringContaining('arrays that are made anew in every run'),
    });
  });

  it('goes down alone, with what was in flight', async () => {
    const host = await start();
    const model = await load(host, 'trouble');
    const down = downOf(host);
    await expect(model.run('exit', told)).rejects.toMatchObject({
      code: 'ERR_MODEL_CRASHED',
      message: expect.stringContaining('exited with code 3'),
    });
    expect(await down).toContain('exited with code 3');
    expect(host.state).toBe('down');
    expect(await model.dispose()).toBeUndefined();
  });

  it('cannot be loaded where the module is broken, and cancels loads and runs', async () => {
    const host = await start();
    const broken = portable('x', {}, 'throws-on-import.mjs');
    await expect(host.load(broken, loadContext(), () => {})).rejects.toMatchObject({
      code: 'ERR_LOAD_FAILED',
    });
    const abort = new AbortController();
    const model = await load(host, 'trouble');
    const running = model.run('cancel', { ...told, signal: abort.signal });
    const reason = new Error('gone');
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(model.run(() => {}, told)).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
  });

  it('ends whatever a model has left open', async () => {
    const host = await start();
    await load(host, 'leavesTimer');
    expect(await host.end()).toBe('ended');
  });
});

describe('a thread with a call in flight', () => {
  /** A run that blocks the thread as a native call does, until the gate opens. */
  async function blocked(options: Partial<RemoteHostOptions>) {
    const host = await start(options);
    const model = await load(host, 'trouble');
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const running = Promise.resolve(model.run({ gate: gate.buffer }, told));
    running.catch(() => {});
    await until(() => Atomics.load(gate, 1) === 1);
    const open = () => {
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
    };
    return { host, model, running, open };
  }

  it('is quarantined by end(), not terminated, and leaves when its call returns', async () => {
    const { host, model, running, open } = await blocked({ stopTimeoutMs: 50 });
    expect(await host.end()).toBe('quarantined');
    expect(host.state).toBe('quarantined');
    await expect(running).rejects.toMatchObject({ code: 'ERR_MODEL_CRASHED' });
    let disposed = false;
    const disposing = Promise.resolve(model.dispose()).then(() => {
      disposed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(disposed).toBe(false);
    open();
    await host.gone;
    await disposing;
    expect(host.state).toBe('down');
  });

  it('is quarantined where its run is past its limit', async () => {
    const { host, running, open } = await blocked({ runTimeoutMs: 100 });
    const down = downOf(host);
    expect(await down).toContain('longer than 100 ms');
    expect(host.state).toBe('quarantined');
    await expect(running).rejects.toMatchObject({ code: 'ERR_MODEL_CRASHED' });
    open();
    await host.gone;
  });

  it('is quarantined by kill()', async () => {
    const { host, running, open } = await blocked({});
    host.kill('for the test');
    expect(host.state).toBe('quarantined');
    await expect(running).rejects.toThrow('for the test');
    open();
    await host.gone;
  });

  it('is waited for, where it finishes in time', async () => {
    const { host, running, open } = await blocked({});
    const ending = host.end();
    open();
    expect(await ending).toBe('ended');
    await running;
  });
});

describe('an idle thread', () => {
  it('keeps no server alive', async () => {
    const args = [
      fileURLToPath(fixture('server.mjs')),
      built.hostFile.href,
      built.starters.href,
      'thread',
      'idle',
    ];
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    expect((await once(server, 'exit'))[0]).toBe(0);
  });
});
