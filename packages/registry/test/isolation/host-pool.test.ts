import { defineModel, type ModelRegistry } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { rejection } from '../support/promises.js';
import { faulty, hostOf, isAlive, LARGE, openHosts, pidOf, until } from './support/faulty.js';

const MIB = 2 ** 20;

const small = () => faulty({ bytes: 2 * MIB }, { estimateBytes: 4 * MIB });
const large = () => faulty({ bytes: 40 * MIB }, { estimateBytes: LARGE });

/** What is charged besides the models themselves: for the hosts. */
function hostCharge(registry: Pick<ModelRegistry, 'snapshot'>): number {
  const { memory, models } = registry.snapshot();
  expect(memory.reservedBytes).toBe(0);
  return models.reduce(
    (left, { memory: { bytes, hostBytes = 0 } }) => left - bytes - hostBytes,
    memory.usedBytes,
  );
}

const noHosts = (registry: Pick<ModelRegistry, 'snapshot'>) => () => registry.snapshot().hosts.length === 0;

describe('the hosts of a registry', () => {
  it('are shared by small models; a large one has its own', async () => {
    const registry = openHosts({ a: small(), b: small(), c: large(), d: large() });
    await registry.preload();
    const { hosts } = registry.snapshot();
    expect(hosts.map(({ models }) => models.toSorted())).toContainEqual(['a', 'b']);
    expect(hosts).toHaveLength(3);
    expect(new Set(hosts.map(({ pid }) => pid)).size).toBe(3);
    for (const name of ['a', 'b', 'c', 'd'] as const) {
      expect(await registry.run(name, { value: 1 })).toEqual({ value: 1, pid: pidOf(registry, name) });
    }
  });

  it('are processes where nothing is said, and told about in plain JSON', async () => {
    const registry = openHosts({ a: small() });
    await registry.run('a', {});
    expect(registry.status('a')).toMatchObject({ isolation: 'process', state: 'ready' });
    const { hosts } = registry.snapshot();
    expect(hosts).toMatchObject([
      { kind: 'process', id: 1, state: 'up', models: ['a'], inFlight: 0, runs: 1, restarts: 0 },
    ]);
    expect(JSON.parse(JSON.stringify(hosts))).toEqual(hosts);
    expect(hosts[0]?.uptimeMs).toBeGreaterThan(0);
    expect(isAlive(hosts[0]?.pid ?? 0)).toBe(true);
  });

  it('are no more than maxHosts', async () => {
    const models = { a: large(), b: large(), c: large(), d: small() };
    const registry = openHosts(models, { isolation: { maxHosts: 2 } });
    await registry.preload();
    expect(registry.snapshot().hosts).toHaveLength(2);
    expect(registry.snapshot().models.map(({ state }) => state)).toEqual([
      'ready',
      'ready',
      'ready',
      'ready',
    ]);
  });

  it('are one for each model with `per-model`, and one for all with `shared`', async () => {
    const each = openHosts({ a: small(), b: small() }, { isolation: { placement: 'per-model' } });
    const all = openHosts({ a: small(), b: large() }, { isolation: { placement: 'shared' } });
    await Promise.all([each.preload(), all.preload()]);
    expect(pidOf(each, 'a')).not.toBe(pidOf(each, 'b'));
    expect(pidOf(all, 'a')).toBe(pidOf(all, 'b'));
  });

  it('take each model where its definition says', async () => {
    const inline = faulty(
      {},
      { isolation: 'inline', load: () => 'here', run: () => ({ value: 0, pid: process.pid }) },
    );
    const thread = faulty({}, { isolation: 'thread' });
    const registry = openHosts({
      inline,
      thread,
      process: faulty(),
      closure: defineModel({ load: () => 1 }),
    });
    await registry.preload();
    const kinds = registry.snapshot().hosts.map(({ kind, models }) => [kind, models.toSorted()]);
    expect(kinds.toSorted()).toEqual([
      ['inline', ['closure', 'inline']],
      ['process', ['process']],
      ['thread', ['thread']],
    ]);
    expect(hostOf(registry, 'thread')).toMatchObject({ pid: process.pid, threadId: expect.any(Number) });
    expect((await registry.run('thread', {})).pid).toBe(process.pid);
    expect((await registry.run('process', {})).pid).not.toBe(process.pid);
  });

  it.each(['thread', 'process'] as const)('refuse a closure that asks for a %s', (isolation) => {
    const registry = openHosts({});
    const closure = { ...defineModel({ load: () => 1 }), isolation };
    expect(() => registry.register('closure', closure)).toThrow(
      expect.objectContaining({ code: 'ERR_MODEL_INVALID', message: expect.stringContaining('portable') }),
    );
  });
});

describe('a shared host', () => {
  it('ends when it has been empty for idleHostMs, not before', async () => {
    const registry = openHosts({ a: small(), b: small() }, { isolation: { idleHostMs: 200 } });
    await registry.preload();
    const pid = pidOf(registry, 'a');
    await registry.evict('a');
    await registry.evict('b');
    expect(registry.snapshot().hosts).toMatchObject([{ pid, state: 'up', models: [] }]);
    await registry.load('a');
    expect(pidOf(registry, 'a')).toBe(pid);
    await registry.evict('a');
    await until('the host is gone', noHosts(registry));
    expect(isAlive(pid)).toBe(false);
  });

  it('is charged for itself, beside its models, until it has ended', async () => {
    const registry = openHosts({ a: small(), b: small() }, { isolation: { idleHostMs: 3_600_000 } });
    await registry.preload();
    const charged = hostCharge(registry);
    expect(charged).toBeGreaterThan(5 * MIB);
    expect(charged).toBeLessThan(64 * MIB);
    await registry.evictAll();
    expect(hostCharge(registry)).toBe(registry.snapshot().hosts[0]?.bytes);
    await registry.close();
    expect(registry.snapshot()).toMatchObject({ hosts: [], memory: { usedBytes: 0, reservedBytes: 0 } });
  });

  it('is charged for the runtime that its first model brings in, also when that model is gone', async () => {
    const isolation = { idleHostMs: 3_600_000 };
    // Most of what it takes stays when it goes, as a runtime does.
    const bringing = faulty({ keeps: 12 * MIB, bytes: 2 * MIB }, { estimateBytes: 4 * MIB });
    const registry = openHosts({ bringing, next: small() }, { isolation });
    const held = () => registry.snapshot().hosts[0]?.bytes ?? 0;
    const { memory } = await registry.load('bringing');
    expect(memory).toMatchObject({ bytes: 4 * MIB, source: 'estimate' });
    expect(registry.snapshot().memory.usedBytes).toBe(held());
    await registry.load('next');
    expect(registry.status('next').memory.source).toBe(process.platform === 'linux' ? 'process' : 'rss');
    await registry.evict('bringing');
    expect(registry.snapshot().memory.usedBytes).toBe(held());
    await registry.evict('next');
    expect(registry.snapshot().memory.usedBytes).toBe(held());
    expect(held()).toBeGreaterThan(16 * MIB);
  });

  it('makes way, once empty, before a model has to', async () => {
    const isolation = { idleHostMs: 3_600_000 };
    const models = { a: small(), kept: large() };
    const registry: ModelRegistry = openHosts(models, { isolation, memory: { budgetBytes: 400 * MIB } });
    await registry.load('a');
    await registry.load('kept');
    await registry.evict('a');
    expect(registry.snapshot().hosts).toHaveLength(2);
    const { budgetBytes, usedBytes } = registry.snapshot().memory;
    // It fits, but for the host that it wants.
    registry.register('wanted', faulty({}, { estimateBytes: budgetBytes - usedBytes }));
    await registry.load('wanted');
    const names = registry.snapshot().hosts.map(({ models: names }) => names[0]);
    expect(names.toSorted()).toEqual(['kept', 'wanted']);
  });
});

describe('memory', () => {
  it('of a model alone on its host is told apart from the host’s, and all of it comes back with the host', async () => {
    const registry = openHosts({ a: large() });
    const { memory } = await registry.load('a');
    const { bytes, pid } = hostOf(registry, 'a');
    expect(memory.source).toBe(process.platform === 'linux' ? 'process' : 'rss');
    expect(memory.bytes).toBeGreaterThan(0.95 * 40 * MIB);
    expect(memory.bytes).toBeLessThan(1.1 * 40 * MIB);
    expect(memory.bytes + (memory.hostBytes ?? 0)).toBe(bytes);
    expect(hostCharge(registry)).toBe(0);
    expect(await registry.evict('a')).toMatchObject({ evicted: true, freedBytes: bytes });
    expect(registry.snapshot()).toMatchObject({ hosts: [], memory: { usedBytes: 0, reservedBytes: 0 } });
    expect(isAlive(pid)).toBe(false);
  });

  it('of a model on a shared host is what the host grew by, and what it shrank by is reported', async () => {
    const registry = openHosts(
      { a: small(), b: faulty({ bytes: 20 * MIB }) },
      { isolation: { idleHostMs: 3_600_000 } },
    );
    await registry.load('a');
    const { memory } = await registry.load('b');
    expect(memory.bytes).toBeGreaterThan(18 * MIB);
    expect(memory.bytes).toBeLessThan(28 * MIB);
    const { freedBytes } = await registry.evict('b');
    expect(freedBytes).toBeGreaterThan(18 * MIB);
    expect(freedBytes).toBeLessThan(28 * MIB);
  });

  it('of models that are loaded into one host at once is told apart', async () => {
    const of = (mib: number) => faulty({ bytes: mib * MIB }, { startRuntime: () => {} });
    const registry = openHosts(Object.fromEntries([20, 10, 40].map((mib) => [`of${mib}`, of(mib)])));
    await registry.preload();
    expect(registry.snapshot().hosts).toHaveLength(1);
    for (const mib of [20, 10, 40]) {
      const { memory } = registry.status(`of${mib}`);
      expect(memory.source).toBe(process.platform === 'linux' ? 'process' : 'rss');
      expect(memory.bytes).toBeGreaterThan(0.9 * mib * MIB);
      expect(memory.bytes).toBeLessThan(1.1 * mib * MIB);
    }
  });

  it('is estimated where another load hangs in the host, which holds up nobody', async () => {
    const registry = openHosts({ hung: faulty({ load: 'hang' }), b: small() });
    const hung = registry.load('hung', { timeoutMs: 5_000 }).catch((error) => error.code);
    await until('it loads', () => registry.snapshot().hosts.length === 1);
    expect((await registry.load('b')).memory).toMatchObject({ bytes: 4 * MIB, source: 'estimate' });
    expect(registry.status('hung').state).toBe('loading');
    await registry.close({ timeoutMs: 0 });
    await hung;
  });

  it('leaves out the runtime, which is the host’s, where the definition can start it', async () => {
    const options = { runtime: 30 * MIB, bytes: 12 * MIB };
    const runs = { startRuntime: () => {} };
    const registry = openHosts({
      shared: faulty(options, { ...runs, estimateBytes: 16 * MIB }),
      alone: faulty(options, { ...runs, estimateBytes: LARGE }),
    });
    await registry.preload();
    for (const name of ['shared', 'alone'] as const) {
      const { memory } = registry.status(name);
      expect(memory.bytes).toBeGreaterThan(11 * MIB);
      expect(memory.bytes).toBeLessThan(14 * MIB);
    }
    expect(registry.status('alone').memory.hostBytes).toBeGreaterThan(30 * MIB);
    expect(registry.status('shared').memory).not.toHaveProperty('hostBytes');
    expect(hostCharge(registry)).toBeGreaterThan(30 * MIB);
  });

  it.each([
    ['on a shared host', small],
    ['alone on its host', large],
  ])('of a model %s grows by what its first run takes for good', async (_where, make) => {
    const registry = openHosts({ a: make() });
    const loaded = (await registry.load('a')).memory.bytes;
    const used = () => registry.snapshot().memory.usedBytes;
    const usedBefore = used();
    await registry.run('a', { fault: 'leak' }).catch(() => {});
    await registry.run('a', { value: 1 });
    await until('it was measured again', () => registry.status('a').memory.bytes > loaded + 50 * MIB);
    expect(registry.status('a').memory.bytes).toBeLessThan(loaded + 80 * MIB);
    expect(used()).toBeGreaterThan(usedBefore + 50 * MIB);
    expect(hostOf(registry, 'a').bytes).toBe(used());
    // The next load is given room for it from the start.
    await registry.evict('a');
    await until('its host is gone', () => used() === 0);
    expect((await registry.load('a')).memory.estimatedBytes).toBeGreaterThan(loaded + 50 * MIB);
  });
});

describe('where no host can be started', () => {
  const hostFile = '/nowhere/host-main.js';

  it('says what to configure', async () => {
    const registry = openHosts({ a: small() }, { isolation: { hostFile } });
    const error = await rejection(registry.load('a'));
    expect(error).toMatchObject({ code: 'ERR_MODEL_INVALID', modelName: 'a' });
    expect((error as Error).message).toContain('isolation');
    expect(registry.snapshot()).toMatchObject({ hosts: [], memory: { usedBytes: 0, reservedBytes: 0 } });
  });

  it('loads inline with a warning, if it may', async () => {
    const inline = faulty({}, { load: () => 'here', run: () => ({ value: 'here', pid: process.pid }) });
    const registry = openHosts({ a: inline }, { isolation: { hostFile, fallback: 'inline' } });
    const warnings: string[] = [];
    registry.on('warning', ({ message }) => warnings.push(message));
    expect(await registry.run('a', {})).toEqual({ value: 'here', pid: process.pid });
    expect(warnings).toEqual([expect.stringContaining('"a" is loaded inline')]);
    expect(registry.status('a').isolation).toBe('inline');
    expect(registry.snapshot().hosts).toMatchObject([{ kind: 'inline', models: ['a'] }]);
  });
});

describe('close()', () => {
  it('ends the hosts, also those that hold nothing', async () => {
    const isolation = { idleHostMs: 3_600_000 };
    const registry = openHosts({ a: small(), b: small(), c: large() }, { isolation });
    await registry.preload();
    await Promise.all([registry.evict('a'), registry.evict('b')]);
    const pids = registry.snapshot().hosts.map(({ pid }) => pid);
    expect(pids).toHaveLength(2);
    await registry.close();
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(registry.snapshot()).toMatchObject({ hosts: [], memory: { usedBytes: 0, reservedBytes: 0 } });
  });
});
