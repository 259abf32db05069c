import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@warmset/registry/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faulty, isAlive, LARGE, openHosts, pidOf, until } from './support/faulty.js';
import { Neighbour } from './support/neighbour.js';

const MIB = 2 ** 20;

describe('a host is replaced without a failed request', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'warmset-recycler-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['runs', { afterRuns: 25 }],
    ['milliseconds', { afterMs: 300 }],
  ])('after so many %s', async (_what, limit) => {
    const recycle = { jitter: 0, ...limit };
    const registry = openHosts({ a: faulty({}, { estimateBytes: LARGE }) }, { isolation: { recycle } });
    const pids = new Set<number>();
    const clients = Array.from(
      { length: 3 },
      () =>
        new Neighbour(async (input) => {
          const output = await registry.run('a', input);
          expect(output.value).toBe(input.value);
          pids.add(output.pid);
          return output;
        }),
    );
    await until('three hosts have answered', () => pids.size >= 3);
    await Promise.all(clients.map((client) => client.stop()));
    expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
    await registry.close();
    expect([...pids].filter(isAlive)).toEqual([]);
    expect(registry.snapshot()).toMatchObject({ hosts: [], memory: { usedBytes: 0, reservedBytes: 0 } });
  });

  it('above so many bytes, looked at every 5 s', async () => {
    const clock = new FakeClock();
    const isolation = { recycle: { aboveBytes: 80 * MIB } };
    const registry = openHosts({ a: faulty({}, { estimateBytes: LARGE }) }, { isolation, clock });
    const { pid } = await registry.run('a', { fault: 'leak' });
    await registry.run('a', { fault: 'leak' });
    const client = new Neighbour((input) => registry.run('a', input));
    await clock.advance(5_000);
    await until('another host has taken over', () => pidOf(registry, 'a') !== pid);
    await client.stop();
    expect(client.failures).toEqual([]);
    await until('the old host is gone', () => !isAlive(pid));
    expect(registry.snapshot().hosts).toHaveLength(1);
  });

  it('that several models share: all of them move', async () => {
    const isolation = { recycle: { afterRuns: 30, jitter: 0 } };
    const registry = openHosts({ a: faulty(), b: faulty() }, { isolation });
    await registry.preload();
    const pid = pidOf(registry, 'a');
    expect(pidOf(registry, 'b')).toBe(pid);
    const clients = (['a', 'b'] as const).map((name) => new Neighbour((input) => registry.run(name, input)));
    await until('both have moved', () => pidOf(registry, 'a') !== pid && pidOf(registry, 'b') !== pid);
    await Promise.all(clients.map((client) => client.stop()));
    expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
    await until('the old host is gone', () => !isAlive(pid));
  });

  it('and where the new copy cannot be loaded the old one goes on, until the next try after cooldownMs', async () => {
    const when = join(folder, 'broken');
    const models = { a: faulty({ load: 'throw', when }, { estimateBytes: LARGE }) };
    const isolation = { recycle: { afterRuns: 5, jitter: 0 } };
    const registry = openHosts(models, { isolation, load: { cooldownMs: 300 } });
    const { pid } = await registry.run('a', {});
    writeFileSync(when, '');
    const client = new Neighbour((input) => registry.run('a', input));
    await until('the first try has failed', () => registry.status('a').loadFailures === 1);
    const servedBefore = client.served;
    await until('it has gone on', () => client.served > servedBefore + 20);
    expect(registry.status('a').state).toBe('ready');
    expect(registry.snapshot().loads).toMatchObject({ total: 2, failed: 1, active: 0 });
    expect(pidOf(registry, 'a')).toBe(pid);
    rmSync(when);
    await until('another host has taken over', () => pidOf(registry, 'a') !== pid);
    await client.stop();
    expect(client.failures).toEqual([]);
  });
});
