import { type ModelMap, ModelRegistry, type RegistryOptions } from '@warmset/registry';
import { FakeClock, type FakeMemoryProbe, fakeMemoryProbe, fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../src/clock.js';
import { NO_ROUND, reliefBytes } from '../src/memory/pressure.js';
import { systemMemoryProbe } from '../src/memory/system-memory.js';
import { rejection, watch } from './support/promises.js';

/** A box of 1000 bytes, 200 of them taken by the process; a budget of 600 and a floor of 125. */
function openBox<Models extends ModelMap>(
  models: Models,
  options: Omit<RegistryOptions<Models>, 'models' | 'clock'> = {},
) {
  const clock = new FakeClock();
  const probe = fakeMemoryProbe({ limit: 1000, rss: 200 });
  const memory = { budgetBytes: '60%' as const, probe, ...options.memory };
  const registry = new ModelRegistry<Models>({ eviction: 'lru', ...options, models, clock, memory });
  const evicted: string[] = [];
  registry.on('evicted', ({ name, reason }) => evicted.push(`${name}: ${reason}`));
  const warnings: string[] = [];
  registry.on('warning', ({ message }) => warnings.push(message));
  return { clock, probe, registry, evicted, warnings };
}

/** A model that takes memory of the process while it is loaded. */
function real(probe: () => FakeMemoryProbe, bytes: number, returned = bytes) {
  const model = fakeModel({ bytes });
  return {
    ...model,
    load: (context: Parameters<typeof model.load>[0]) => {
      probe().rss += bytes;
      return model.load(context);
    },
    dispose: (instance: Parameters<NonNullable<typeof model.dispose>>[0]) => {
      probe().rss -= returned;
      return model.dispose?.(instance);
    },
  };
}

function realBox(sizes: Record<string, number>, returned?: number) {
  let probe: FakeMemoryProbe;
  const models = Object.fromEntries(
    Object.entries(sizes).map(([name, bytes]) => [name, real(() => probe, bytes, returned)]),
  );
  const box = openBox(models);
  probe = box.probe;
  return box;
}

describe('how much has to go', () => {
  const view = { availableBytes: 90, floorBytes: 100, comingBytes: 0, now: 0, round: NO_ROUND };

  it('is nothing above the floor, or where enough is on its way back', () => {
    expect(reliefBytes({ ...view, availableBytes: 100 })).toBe(0);
    expect(reliefBytes({ ...view, comingBytes: 10 })).toBe(0);
    expect(reliefBytes({ ...view, floorBytes: 0, availableBytes: 0 })).toBe(0);
  });

  it('is what is missing up to a quarter above the floor', () => {
    expect(reliefBytes(view)).toBe(35);
    expect(reliefBytes({ ...view, comingBytes: 5 })).toBe(30);
  });

  it('is nothing for a while where what went has not shown, and all of it again after that', () => {
    const round = { at: 0, availableBytes: 85, evictedBytes: 40 };
    expect(reliefBytes({ ...view, now: 29_999, round })).toBe(0);
    expect(reliefBytes({ ...view, now: 30_000, round })).toBe(35);
    expect(reliefBytes({ ...view, now: 1, round: { ...round, evictedBytes: 20 } })).toBe(35);
  });
});

describe('available memory below the floor', () => {
  it('sends idle models away, the cheapest first, as many as it takes; explain has the numbers', async () => {
    const { clock, probe, registry, evicted } = realBox({ a: 100, b: 100, c: 100 });
    for (const name of ['a', 'b', 'c']) {
      await registry.run(name, 1);
      await clock.advance(10);
    }
    expect(probe.availableBytes()).toBe(500);
    await clock.advance(10_000);
    expect(evicted).toEqual([]);
    // The application itself grows.
    probe.rss += 400;
    await clock.advance(500);
    expect(evicted).toEqual(['a: memory-pressure']);
    expect(registry.explain('a').decisions.at(-1)).toMatchObject({
      kind: 'evicted',
      reason: 'evicted since only 100 bytes of 1000 bytes were available, less than 125 bytes',
      numbers: { bytes: 100, needBytes: 57, availableBytes: 100, floorBytes: 125 },
    });
    await clock.advance(10_000);
    expect(evicted).toHaveLength(1);
    probe.rss += 175;
    await clock.advance(500);
    expect(evicted).toEqual(['a: memory-pressure', 'b: memory-pressure', 'c: memory-pressure']);
  });

  it('leaves alone what is in use or pinned', async () => {
    const models = {
      used: fakeModel({ bytes: 100 }),
      pinned: { ...fakeModel({ bytes: 100 }), pinned: true },
    };
    const { clock, probe, registry, evicted } = openBox(models);
    const lease = await registry.acquire('used');
    await registry.run('pinned', 1);
    probe.rss = 950;
    await clock.advance(5_000);
    expect(evicted).toEqual([]);
    lease.release();
    await clock.advance(500);
    expect(evicted).toEqual(['used: memory-pressure']);
  });

  it('is looked at as soon as a load has ended', async () => {
    const { clock, probe, registry, evicted } = realBox({ a: 100, b: 100 });
    await registry.run('a', 1);
    await clock.advance(400);
    await registry.run('b', 1);
    probe.rss += 480;
    await clock.advance(0);
    expect(evicted).toEqual(['a: memory-pressure']);
  });

  it('does not empty the registry for memory that does not come back', async () => {
    const { clock, probe, registry, evicted } = realBox({ a: 100, b: 100, c: 100 }, 0);
    for (const name of ['a', 'b', 'c']) await registry.run(name, 1);
    probe.rss += 380;
    await clock.advance(20_000);
    expect(evicted).toEqual(['a: memory-pressure']);
    await clock.advance(20_000);
    expect(evicted).toEqual(['a: memory-pressure', 'b: memory-pressure']);
  });

  it('does not go up and down at the floor', async () => {
    const { clock, probe, registry, evicted } = realBox({ a: 100, b: 100 });
    await registry.run('a', 1);
    await registry.run('b', 1);
    for (let turn = 0; turn < 50; turn += 1) {
      probe.rss = 880 - evicted.length * 100 + (turn % 2 === 0 ? 3 : -3);
      await clock.advance(500);
    }
    expect(evicted).toEqual(['a: memory-pressure']);
  });
});

describe('a load, where memory is short', () => {
  it('starts once idle models have made the room that the budget alone would have had', async () => {
    const { clock, probe, registry, evicted } = realBox({ a: 100, b: 100 });
    await registry.run('a', 1);
    probe.rss = 820;
    const second = watch(registry.run('b', 1));
    await clock.settle();
    expect(evicted).toEqual(['a: pressure']);
    expect(second).toEqual({ state: 'resolved', value: 1 });
  });

  it('waits while what is loaded is in use, and starts when there is memory again', async () => {
    const { clock, probe, registry } = realBox({ a: 100, b: 100 });
    const lease = await registry.acquire('a');
    probe.rss = 820;
    const second = watch(registry.run('b', 1));
    await clock.advance(2_000);
    expect(second.state).toBe('pending');
    expect(registry.explain('b').decisions.at(-1)).toMatchObject({
      kind: 'blocked',
      numbers: { freeBytes: 500, availableBytes: 180, floorBytes: 125 },
    });
    probe.rss = 600;
    await clock.advance(500);
    expect(second).toEqual({ state: 'resolved', value: 1 });
    lease.release();
  });

  it('is refused after its wait, and the error says that the memory was short', async () => {
    const { clock, probe, registry } = realBox({ a: 100, b: 100 });
    const lease = await registry.acquire('a');
    probe.rss = 820;
    const second = rejection<Error>(registry.run('b', 1));
    await clock.advance(30_000);
    expect((await second).message).toContain('500 of 600 are free (55 by the available memory)');
    lease.release();
  });

  it('may use the floor where nothing is loaded that could go, and no more than there is', async () => {
    const { clock, probe, registry } = openBox({ a: fakeModel({ bytes: 90 }), b: fakeModel({ bytes: 110 }) });
    probe.rss = 900;
    expect(await registry.run('a', 1)).toBe(1);
    await registry.evict('a');
    const tooMuch = watch(registry.run('b', 1));
    await clock.advance(1_000);
    expect(tooMuch.state).toBe('pending');
    probe.rss = 890;
    await clock.advance(500);
    expect(tooMuch.state).toBe('resolved');
  });

  it('beside another counts what that one has reserved and not taken yet', async () => {
    const models = { a: fakeModel({ bytes: 300, loadMs: 100 }), b: fakeModel({ bytes: 300, loadMs: 100 }) };
    const { clock, probe, registry } = openBox(models);
    probe.rss = 400;
    const first = watch(registry.run('a', 1));
    const second = watch(registry.run('b', 1));
    await clock.advance(50);
    expect([registry.status('a').state, registry.status('b').state]).toEqual(['loading', 'queued']);
    await clock.advance(1_000);
    expect([first.state, second.state]).toEqual(['resolved', 'resolved']);
  });
});

describe('a limit that changes while running', () => {
  it('takes the budget along: where it shrinks a deficit is repaid, and there is one warning', async () => {
    const { clock, probe, registry, evicted, warnings } = openBox({
      a: fakeModel({ bytes: 250 }),
      b: fakeModel({ bytes: 250 }),
    });
    await registry.run('a', 1);
    await registry.run('b', 1);
    await clock.advance(1);
    probe.limit = 800;
    await clock.advance(499);
    const { memory } = registry.snapshot();
    expect(memory).toMatchObject({ budgetBytes: 480, usedBytes: 250, limitBytes: 800 });
    expect(memory.budget.sentence).toContain('60% of 800 bytes');
    expect(memory.deficits).toEqual([{ at: 500, cause: 'the budget', bytes: 20, repaidAt: 500 }]);
    expect(evicted).toEqual(['a: deficit']);
    probe.limit = 2000;
    await clock.advance(500);
    expect(registry.snapshot().memory.budgetBytes).toBe(1200);
    probe.limit = 1900;
    await clock.advance(500);
    expect(registry.snapshot().memory.budgetBytes).toBe(1140);
    expect(warnings).toEqual(['The memory limit fell from 1000 to 800 bytes']);
  });

  it('stays as it was where the probe fails from then on', async () => {
    const { clock, probe, registry, warnings } = openBox({ a: fakeModel({ bytes: 250 }) });
    const lease = await registry.acquire('a');
    for (const limit of [Number.NaN, 0, -1, Number.POSITIVE_INFINITY]) {
      probe.limit = limit;
      await clock.advance(500);
      const { memory } = registry.snapshot();
      expect(memory).toMatchObject({ budgetBytes: 600, limitBytes: 1000 });
    }
    probe.limit = 2000;
    await clock.advance(500);
    expect(registry.snapshot().memory.budgetBytes).toBe(1200);
    lease.release();
    expect(warnings).toEqual([
      'limitBytes() of the memory probe gave NaN; it was passed over',
      'availableBytes() of the memory probe gave NaN; it was passed over',
    ]);
  });

  it('is followed before a load also after nothing was loaded for long', async () => {
    const { clock, probe, registry } = openBox({ a: fakeModel({ bytes: 700 }) });
    expect(await rejection(registry.run('a', 1))).toMatchObject({ code: 'ERR_MODEL_TOO_LARGE' });
    await clock.advance(60_000);
    probe.limit = 2000;
    expect(await registry.run('a', 1)).toBe(1);
  });
});

describe('the watch', () => {
  it('leaves no timer where a listener closes the registry in the midst of it', async () => {
    const { clock, probe, registry } = realBox({ a: 100, b: 100 });
    await registry.run('a', 1);
    await registry.run('b', 1);
    let closing: Promise<void> | undefined;
    registry.on('evicted', () => {
      closing ??= registry.close();
    });
    probe.rss = 900;
    await clock.advance(500);
    await closing;
    expect(clock.pendingTimers).toBe(0);
  });

  it('has a timer only while something is loaded or wanted, and none after close', async () => {
    const { clock, registry } = openBox({ a: fakeModel({ bytes: 10 }) });
    expect(clock.pendingTimers).toBe(0);
    await registry.run('a', 1);
    await clock.advance(60_000);
    expect(clock.pendingTimers).toBe(1);
    await registry.evict('a');
    await clock.advance(500);
    expect(clock.pendingTimers).toBe(0);
    await registry.run('a', 1);
    await registry.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is off under a stated budget, unless a floor is stated too', async () => {
    for (const [floorBytes, reasons] of [
      [undefined, []],
      [0, []],
      [125, ['a: memory-pressure']],
    ] as const) {
      const memory = { budgetBytes: 600, ...(floorBytes !== undefined && { floorBytes }) };
      const { clock, probe, registry, evicted } = openBox({ a: fakeModel({ bytes: 100 }) }, { memory });
      await registry.run('a', 1);
      expect(clock.pendingTimers).toBe(floorBytes === 125 ? 1 : 0);
      probe.rss = 950;
      await clock.advance(1_000);
      expect(evicted).toEqual(reasons);
      await registry.close();
    }
  });

  it('is off on a clock that was handed in, unless a probe was too: tests do not depend on the machine', async () => {
    const clock = new FakeClock();
    const model = fakeModel({ bytes: 10 });
    const registry = new ModelRegistry({ models: { model }, clock, memory: { budgetBytes: 'auto' } });
    await registry.run('model', 1);
    expect(clock.pendingTimers).toBe(0);
    expect(registry.snapshot().memory.limitBytes).toBe(systemMemoryProbe.limitBytes());
    await registry.close();
  });

  it('keeps no process alive', async () => {
    const unref: number[] = [];
    const clock = {
      ...systemClock,
      setTimeout: (fn: () => void, ms: number) => {
        const timer = setTimeout(fn, ms);
        return Object.assign(timer, { unref: () => unref.push(ms) });
      },
    };
    const model = fakeModel({ bytes: 10 });
    const registry = new ModelRegistry({ models: { model }, clock, memory: { probe: fakeMemoryProbe() } });
    await registry.run('model', 1);
    expect(unref).toContain(0);
    await registry.close();
  });
});
