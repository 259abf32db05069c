import type { ModelDefinition, WarmsetError } from '@warmset/registry';
import { FakeClock } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { rejection, watch } from '../support/promises.js';
import { faulty, hostOf, isAlive, LARGE, openHosts, pidOf, until } from './support/faulty.js';

const own = { estimateBytes: LARGE };

describe('evicting with force', () => {
  it('ends the process of a model whose request does not', async () => {
    const registry = openHosts({ a: faulty({}, own) });
    await registry.load('a');
    const { pid, bytes } = hostOf(registry, 'a');
    const stuck = rejection<WarmsetError>(registry.run('a', { fault: 'loop' }));
    const report = await registry.evict('a', { timeoutMs: 100, force: true });
    expect(report).toMatchObject({ evicted: true, freedBytes: bytes });
    expect(report.waitedMs).toBeGreaterThanOrEqual(95);
    expect((await stuck).code).toBe('ERR_MODEL_CRASHED');
    expect(isAlive(pid)).toBe(false);
    expect(registry.snapshot()).toMatchObject({ hosts: [], memory: { usedBytes: 0, reservedBytes: 0 } });
    // It was asked for: the model is not under suspicion.
    expect((await registry.run('a', { value: 1 })).value).toBe(1);
  });

  it('leaves a process that others share alone: the model goes with its request', async () => {
    const registry = openHosts({ a: faulty(), b: faulty() });
    await registry.preload();
    const pid = pidOf(registry, 'b');
    const stuck = rejection(registry.run('a', { fault: 'hang' }));
    expect(await registry.evict('a', { timeoutMs: 50, force: true })).toMatchObject({ evicted: false });
    expect((await registry.run('b', {})).pid).toBe(pid);
    await rejection(registry.run('b', { fault: 'exit' }));
    expect(((await stuck) as WarmsetError).code).toBe('ERR_MODEL_CRASHED');
    expect((await registry.run('a', { value: 1 })).value).toBe(1);
  });
});

describe('a model whose host died', () => {
  it('cools down from the second time within a minute on, each time for twice as long', async () => {
    const registry = openHosts({ a: faulty({}, own) }, { load: { cooldownMs: 60_000 } });
    const crash = () => rejection<WarmsetError>(registry.run('a', { fault: 'exit' }));
    expect((await crash()).code).toBe('ERR_MODEL_CRASHED');
    expect(registry.status('a').state).toBe('idle');
    for (const cooldownMs of [60_000, 120_000]) {
      expect((await crash()).code).toBe('ERR_MODEL_CRASHED');
      const refused = await rejection<WarmsetError>(registry.run('a', {}));
      expect(refused).toMatchObject({
        code: 'ERR_MODEL_CRASHED',
        message: expect.stringContaining('code 3'),
      });
      expect(refused.retryAfterMs).toBeGreaterThan(cooldownMs - 10_000);
      expect(refused.retryAfterMs).toBeLessThanOrEqual(cooldownMs);
      expect(registry.status('a')).toMatchObject({ state: 'failed', error: { code: 'ERR_MODEL_CRASHED' } });
      // Asked for by name it is tried at once.
      expect((await registry.load('a')).state).toBe('ready');
    }
    expect((await registry.run('a', { value: 1 })).value).toBe(1);
  });

  it('does not cool down for crashes that found it without a request', async () => {
    const registry = openHosts({ a: faulty({}, own) });
    for (let crash = 1; crash <= 3; crash += 1) {
      const { pid } = await registry.run('a', {});
      process.kill(pid, 'SIGKILL');
      await until('the crash was noticed', () => registry.status('a').state === 'idle');
      expect(registry.snapshot().memory).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
    }
    await registry.load('a');
    expect(hostOf(registry, 'a').restarts).toBe(3);
    expect(registry.explain('a').decisions.filter(({ kind }) => kind === 'crashed')).toHaveLength(3);
  });

  it('gets a host to itself, so that its next crash takes nobody along', async () => {
    const registry = openHosts({ a: faulty(), b: faulty() });
    await registry.preload();
    expect(pidOf(registry, 'a')).toBe(pidOf(registry, 'b'));
    const lost = rejection<WarmsetError>(registry.run('b', { fault: 'hang' }));
    await rejection(registry.run('a', { fault: 'exit' }));
    expect((await lost).code).toBe('ERR_MODEL_CRASHED');
    const { pid } = await registry.run('b', {});
    expect((await registry.run('a', {})).pid).not.toBe(pid);
    await rejection(registry.run('a', { fault: 'exit' }));
    expect(registry.status('a').state).toBe('failed');
    expect((await registry.run('b', {})).pid).toBe(pid);
  });

  it('serves those that were queued for it in a new host', async () => {
    const registry = openHosts({ a: faulty({}, { ...own, maxConcurrency: 1 }) });
    await registry.load('a');
    const pid = pidOf(registry, 'a');
    const running = rejection<WarmsetError>(registry.run('a', { fault: 'hang' }));
    const queued = [registry.run('a', { value: 1 }), registry.run('a', { value: 2 })];
    process.kill(pid, 'SIGKILL');
    expect((await running).code).toBe('ERR_MODEL_CRASHED');
    expect((await Promise.all(queued)).map(({ value }) => value)).toEqual([1, 2]);
  });

  it('is loaded anew, also while a lease of the lost copy is held and an eviction waits for it', async () => {
    const registry = openHosts({ a: faulty({}, own) });
    const lease = await registry.acquire('a');
    const evicting = registry.evict('a', { timeoutMs: 60_000 });
    process.kill(pidOf(registry, 'a'), 'SIGKILL');
    expect(await evicting).toMatchObject({ evicted: true });
    expect((await registry.run('a', { value: 1 })).value).toBe(1);
    lease.release();
    expect((await registry.run('a', { value: 2 })).value).toBe(2);
    expect(registry.status('a').leases).toBe(0);
  });

  it('is loaded by a swap that was under way', async () => {
    const registry = openHosts({ a: faulty({}, own) });
    await registry.load('a');
    const reloading = registry.reload('a');
    process.kill(pidOf(registry, 'a'), 'SIGKILL');
    expect((await reloading).state).toBe('ready');
    expect((await registry.run('a', { value: 1 })).value).toBe(1);
    await until('one host is left', () => registry.snapshot().hosts.length === 1);
    const { memory } = registry.snapshot();
    const { bytes, hostBytes = 0 } = registry.status('a').memory;
    expect(memory.usedBytes).toBe(bytes + hostBytes);
  });
});

describe('a process without a request that does not answer a ping', () => {
  it('is ended, and its model loaded elsewhere', async () => {
    const clock = new FakeClock();
    const registry = openHosts({ a: faulty({}, own) }, { clock });
    const { pid } = await registry.run('a', {});
    process.kill(pid, 'SIGSTOP');
    await clock.advance(10_000);
    await until('it has ended', () => !isAlive(pid) && registry.status('a').state === 'idle');
    expect((await registry.run('a', {})).pid).not.toBe(pid);
  });
});

describe('a thread', () => {
  const thread = { kind: 'thread', placement: 'per-model' } as const;

  it('that exits fails its own requests only', async () => {
    const registry = openHosts({ a: faulty(), b: faulty() }, { isolation: thread });
    await registry.preload();
    const other = registry.run('b', { fault: 'hang' });
    expect((await rejection<WarmsetError>(registry.run('a', { fault: 'exit' }))).code).toBe(
      'ERR_MODEL_CRASHED',
    );
    expect((await registry.run('a', { value: 1 })).value).toBe(1);
    expect(registry.snapshot().hosts.find(({ models }) => models.includes('b'))?.inFlight).toBe(1);
    const lost = rejection<WarmsetError>(other);
    await rejection(registry.run('b', { fault: 'exit' }));
    expect((await lost).code).toBe('ERR_MODEL_CRASHED');
  });

  it('in a native call past its limit is in quarantine until that returns: charged, red, and replaced', async () => {
    const measured = { estimateBytes: 1_000 };
    const registry = openHosts({ a: faulty({}, measured) }, { isolation: { ...thread, runTimeoutMs: 200 } });
    await registry.load('a');
    const { threadId } = hostOf(registry, 'a');
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const { code } = await rejection<WarmsetError>(registry.run('a', { fault: 'block', gate }));
    expect(code).toBe('ERR_MODEL_CRASHED');
    expect(registry.isHealthy()).toBe(false);
    expect(registry.snapshot().hosts).toMatchObject([{ threadId, state: 'quarantined' }]);
    expect(registry.status('a')).toMatchObject({ state: 'idle', memory: { bytes: 1_000 } });
    expect((await registry.run('a', { value: 1 })).value).toBe(1);
    expect(registry.status('a').memory.bytes).toBe(2_000);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await until('it is healthy again', () => registry.isHealthy());
    expect(registry.status('a').memory.bytes).toBe(1_000);
    expect(registry.snapshot().memory.usedBytes).toBe(1_000);
    expect(registry.snapshot().hosts.map((host) => host.state)).toEqual(['up']);
  });

  it('that hangs with nothing in it is not counted on: who needs its bytes is refused in time', async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const clock = new FakeClock();
    const budgetBytes = 2 ** 30;
    const a = faulty({ load: 'block', gate }, { loadTimeoutMs: 1_000 });
    const b = { load: () => 'b', run: () => 1 };
    const registry = openHosts(
      { a, b: b as ModelDefinition },
      {
        clock,
        isolation: { ...thread, placement: 'shared' },
        memory: { budgetBytes, waitTimeoutMs: 1_000 },
      },
    );
    const given = rejection<WarmsetError>(registry.load('a'));
    await until('it is up', () => registry.snapshot().hosts[0]?.state === 'up');
    await clock.advance(1_000);
    expect((await given).code).toBe('ERR_LOAD_TIMEOUT');
    await clock.advance(60_000);
    await until('it is in quarantine', () => registry.snapshot().hosts[0]?.state === 'quarantined');
    const { chargedBytes = 0 } = registry.snapshot().hosts[0] ?? {};
    expect(chargedBytes).toBeGreaterThan(0);
    const estimateBytes = budgetBytes - chargedBytes + 1;
    registry.register('b', { ...b, estimateBytes } as ModelDefinition, { replace: true });
    const refused = watch(registry.run('b', 1));
    await clock.advance(1_000);
    expect(refused).toMatchObject({ state: 'rejected', reason: { code: 'ERR_MEMORY_BUDGET' } });
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await until('it has ended', () => registry.snapshot().hosts.length === 0);
    expect(await registry.run('b', 1)).toBe(1);
  });
});

describe('a load that hangs with its host still answering', () => {
  it('leaves no host, no bytes and nothing in flight behind when it is past its limit', async () => {
    const registry = openHosts(
      { a: faulty({ load: 'hang' }, own) },
      { load: { timeoutMs: 500, cooldownMs: 0 } },
    );
    expect((await rejection<WarmsetError>(registry.run('a', {}))).code).toBe('ERR_LOAD_TIMEOUT');
    await until('its host is gone', () => registry.snapshot().hosts.length === 0);
    expect(registry.snapshot().memory).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
  });
});
