import { defineModel } from '@warmset/registry';
import { FakeClock, fakeMemoryProbe, fakeModel, zerosFor } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { openRegistry } from './support/open.js';
import { rejection } from './support/promises.js';

describe('FakeClock', () => {
  it('moves only when it is told to', async () => {
    const clock = new FakeClock(1000);
    expect(clock.now()).toBe(1000);
    await clock.advance(5);
    expect(clock.now()).toBe(1005);
  });

  it('fires what is due in the order of its time, then of its start, each at its own time', async () => {
    const clock = new FakeClock();
    const fired: [string, number][] = [];
    const start = (name: string, ms: number) => clock.setTimeout(() => fired.push([name, clock.now()]), ms);
    start('b', 20);
    start('a', 10);
    start('b2', 20);
    start('late', 21);
    start('past', -5);
    clock.clearTimeout(start('cleared', 15));
    await clock.advance(20);
    expect(fired).toEqual([
      ['past', 0],
      ['a', 10],
      ['b', 20],
      ['b2', 20],
    ]);
    expect(clock.pendingTimers).toBe(1);
  });

  it('lets promises settle between timers, and fires timers that those start', async () => {
    const clock = new FakeClock();
    const ticks: number[] = [];
    const tick = async () => {
      await Promise.resolve();
      ticks.push(clock.now());
      if (ticks.length < 3) clock.setTimeout(tick, 10);
    };
    clock.setTimeout(tick, 10);
    await clock.advance(25);
    expect(ticks).toEqual([10, 20]);
    await clock.runAll();
    expect(ticks).toEqual([10, 20, 30]);
  });

  it('runAll stops at its limit where timers start timers for ever', async () => {
    const clock = new FakeClock();
    const again = () => void clock.setTimeout(again, 10);
    again();
    await clock.runAll(95);
    expect(clock.now()).toBe(90);
    expect(clock.pendingTimers).toBe(1);
  });
});

describe('fakeModel', () => {
  it('takes its load time on the registry’s clock', async () => {
    const { registry, clock } = openRegistry({ model: fakeModel({ loadMs: 50 }) });
    const loading = registry.load('model');
    await clock.advance(50);
    expect((await loading).load?.lastMs).toBe(50);
  });

  it('fails as often as it is told, with the error that it is told', async () => {
    const error = new Error('mine');
    const { registry } = openRegistry({
      own: fakeModel({ failures: 1, error }),
      plain: fakeModel({ failures: 2 }),
    });
    expect(await rejection(registry.load('own'))).toMatchObject({ cause: error });
    await registry.load('own');
    await rejection(registry.load('plain'));
    expect(await rejection(registry.load('plain'))).toMatchObject({ cause: { message: 'fake failure 2' } });
    await registry.load('plain');
  });

  it('answers with its input, a value, or what a function makes of the input', async () => {
    const { registry } = openRegistry({
      echo: fakeModel(),
      fixed: fakeModel({ output: 7 }),
      computed: fakeModel({ output: async (input) => `got ${input}` }),
    });
    expect(await registry.run('echo', 'x')).toBe('x');
    expect(await registry.run('fixed', 'x')).toBe(7);
    expect(await registry.run('computed', 'x')).toBe('got x');
  });

  it('says how many bytes it needs, and may turn out to take others', async () => {
    const { registry } = openRegistry({
      honest: fakeModel({ bytes: 5 }),
      greedy: fakeModel({ bytes: 5, measuredBytes: 9 }),
    });
    expect((await registry.load('honest')).memory).toMatchObject({ bytes: 5, estimatedBytes: 5 });
    expect((await registry.load('greedy')).memory).toMatchObject({ bytes: 9, estimatedBytes: 5 });
  });

  it('stops loading when its signal aborts, unless it is told to ignore it', async () => {
    for (const ignoresAbort of [false, true]) {
      const model = fakeModel({ loadMs: 50, ignoresAbort });
      const { registry, clock } = openRegistry({ model });
      const left = rejection(registry.load('model', { timeoutMs: 10 }));
      await clock.advance(50);
      await left;
      expect(model.instances).toHaveLength(ignoresAbort ? 1 : 0);
    }
  });

  it('tells on a registry that runs a disposed instance or disposes of one twice', async () => {
    const model = fakeModel();
    const { registry } = openRegistry({ model });
    await registry.load('model');
    await registry.evict('model');
    const [instance] = model.instances;
    if (instance === undefined) return expect.unreachable();
    await expect(model.run?.(instance, 1, { name: 'model' })).rejects.toThrow('after its dispose');
    await expect(model.dispose?.(instance)).rejects.toThrow('twice');
  });
});

describe('fakeMemoryProbe', () => {
  it('gives the figures that the test sets, when it sets them', async () => {
    const probe = fakeMemoryProbe({ rss: 10, limit: 100 });
    const model = defineModel({
      load: () => {
        probe.rss += 30;
        return 'model';
      },
    });
    const { registry } = openRegistry({ model }, { memory: { probe } });
    expect((await registry.load('model')).memory).toEqual({ bytes: 30, source: 'rss' });
    expect(registry.snapshot().memory).toMatchObject({ rssBytes: 40, limitBytes: 100, availableBytes: 60 });
    probe.rss = 200;
    expect(probe.availableBytes()).toBe(0);
    expect(fakeMemoryProbe().limitBytes()).toBe(512 * 2 ** 20);
  });
});

describe('zerosFor', () => {
  it('makes an input of a signature: zeros, with 1 for each free dimension', () => {
    const inputs = [
      { name: 'x', dtype: 'float32' as const, shape: [-1, 3] },
      { name: 'text', dtype: 'string' as const, shape: [-1, -1] },
      { name: 'scalar', dtype: 'int64' as const, shape: [] },
    ];
    expect(zerosFor({ inputs, outputs: [] })).toEqual({
      x: { dtype: 'float32', shape: [1, 3], data: new Float32Array(3) },
      text: { dtype: 'string', shape: [1, 1], data: [''] },
      scalar: { dtype: 'int64', shape: [], data: new BigInt64Array(1) },
    });
  });
});
