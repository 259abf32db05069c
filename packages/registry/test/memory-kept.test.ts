import { ModelRegistry } from '@warmset/registry';
import { FakeClock, fakeMemoryProbe, fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { SystemMemory } from '../src/memory/system-memory.js';
import { rejection } from './support/promises.js';

/**
 * A box of 1000 bytes with a floor of 125 and a budget of 600, in which models of 100 bytes are loaded, of which "broken"
 * does not load. The application has just grown: 200 bytes are available with "a" to "e" loaded.
 *
 * @param keeps the allocator keeps what it is given back, and hands it out again before it takes more of the system
 */
async function openGrown(keeps: boolean) {
  const clock = new FakeClock();
  const probe = fakeMemoryProbe({ limit: 1000, rss: 200 });
  let inUse = 200;
  const take = (bytes: number) => {
    inUse += bytes;
    probe.rss = keeps ? Math.max(probe.rss, inUse) : inUse;
  };
  const model = (failures = 0) => {
    const fake = fakeModel({ bytes: 100, failures });
    return {
      ...fake,
      load: async (context: Parameters<typeof fake.load>[0]) => {
        const loaded = await fake.load(context);
        take(100);
        return loaded;
      },
      dispose: () => take(-100),
    };
  };
  const models = {
    ...{ a: model(), b: model(), c: model(), d: model(), e: model() },
    ...{ f: model(), g: model(), broken: model(1) },
  };
  const memory = { budgetBytes: '60%' as const, probe };
  const registry = new ModelRegistry({ models, clock, memory, eviction: 'lru' });
  const evicted: string[] = [];
  registry.on('evicted', ({ name, reason }) => evicted.push(`${name}: ${reason}`));
  const run = async (...names: (keyof typeof models)[]) => {
    for (const name of names) {
      await registry.run(name, 1);
      await clock.advance(10);
    }
  };
  await run('a', 'b', 'c', 'd', 'e');
  take(100);
  await clock.advance(500);
  expect([probe.availableBytes(), evicted]).toEqual([200, []]);
  return { clock, probe, registry, evicted, run };
}

describe('memory that allocators keep of what was evicted for a load', () => {
  it('is what the load takes first: one other goes, not all for memory that does not come back', async () => {
    const { registry, evicted, run, probe } = await openGrown(true);
    await run('f');
    expect(evicted).toEqual(['a: pressure']);
    await run('g', 'a', 'b');
    expect(evicted).toEqual(['a: pressure', 'b: pressure', 'c: pressure', 'd: pressure']);
    expect(registry.snapshot().memory.usedBytes).toBe(500);
    expect(probe.availableBytes()).toBe(200);
  });

  it('is nothing where all of it has come back: each load makes its own room', async () => {
    const { evicted, run, probe } = await openGrown(false);
    await run('f');
    expect([probe.availableBytes(), evicted]).toEqual([200, ['a: pressure']]);
    await run('g');
    expect([probe.availableBytes(), evicted]).toEqual([200, ['a: pressure', 'b: pressure']]);
  });

  it.each([
    [29_000, ['a: pressure']],
    [30_000, ['a: pressure', 'b: pressure']],
  ])('is there for another where the load fails, for 30 s: after %d ms', async (waitMs, gone) => {
    const { clock, evicted, registry, run } = await openGrown(true);
    await rejection(registry.load('broken'));
    expect(evicted).toEqual(['a: pressure']);
    await clock.advance(waitMs);
    await run('g');
    expect(evicted).toEqual(gone);
  });

  it('is of no account where the system does not say what is available', async () => {
    const nowhere = new SystemMemory('/nowhere', {
      totalBytes: () => 1000,
      constrainedBytes: () => 0,
      availableBytes: () => 500,
    });
    const models = { a: fakeModel({ bytes: 400 }), b: fakeModel({ bytes: 400 }) };
    const memory = { budgetBytes: '60%' as const, probe: nowhere };
    const registry = new ModelRegistry({ models, clock: new FakeClock(), memory });
    for (const name of ['a', 'b', 'a', 'b'] as const) await registry.run(name, 1);
    expect(registry.snapshot().memory).toMatchObject({ usedBytes: 400, reservedBytes: 0 });
    await registry.close();
  });
});
