import { ModelRegistry, type RegistryOptions, WarmsetError } from '@warmset/registry';
import { fakeMemoryProbe, fakeModel } from '@warmset/registry/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deriveBudget } from '../src/memory/auto-budget.js';
import { MemoryGauge } from '../src/memory/gauge.js';
import { SystemMemory, systemMemoryProbe } from '../src/memory/system-memory.js';
import { fileTree } from './support/file-tree.js';
import { openRegistry } from './support/open.js';

const MIB = 2 ** 20;

const derive = (limitMib: number, rssMib: number) =>
  deriveBudget(
    { option: 'auto', floorBytes: undefined, rssBytes: rssMib * MIB },
    { limitBytes: limitMib * MIB, limitSource: 'cgroup v2' },
  );

afterEach(() => vi.restoreAllMocks());

describe('the budget that is made of the limit', () => {
  it('is what is left by the process as it will be, and by a reserve', () => {
    const { sentence, ...figures } = derive(512, 64);
    expect(figures).toEqual({
      option: 'auto',
      limitBytes: 512 * MIB,
      limitSource: 'cgroup v2',
      processBytes: 112 * MIB,
      reserveBytes: Math.floor(81.92 * MIB),
      budgetBytes: 512 * MIB - 112 * MIB - Math.floor(81.92 * MIB),
      floorBytes: 64 * MIB,
    });
    expect(sentence).toBe(
      '318.1 MiB for models: 512 MiB (the limit of its cgroup, v2) less 112 MiB for the process (64 MiB when the registry was made) less 81.9 MiB in reserve. Idle models go when less than 64 MiB are available.',
    );
  });

  it.each([
    ['a process that is larger already is taken as it is', 512, 200, 512 - 200 - 81.92],
    ['in a small box the process is not expected to take more than 40 %', 128, 48, 128 - 51.2 - 20.48],
    ['on a large machine the reserve is 2 GiB', 65_536, 100, 65_536 - 112 - 2048],
    ['a process that takes it all leaves nothing', 100, 90, 0],
  ])('%s', (_, limit, rss, budget) => {
    const { budgetBytes, processBytes, reserveBytes, limitBytes } = derive(limit, rss);
    expect(budgetBytes / MIB).toBeCloseTo(budget, 4);
    if (budget > 0) expect(budgetBytes + processBytes + reserveBytes).toBe(limitBytes);
  });

  it('has whole bytes, and a floor of at most 256 MiB', () => {
    const figures = deriveBudget(
      { option: '33.3%', floorBytes: undefined, rssBytes: 1 },
      { limitBytes: 2 ** 33 + 1, limitSource: 'machine' },
    );
    expect(figures.floorBytes).toBe(256 * MIB);
    expect(Number.isInteger(figures.budgetBytes)).toBe(true);
    expect(figures.budgetBytes).toBe(Math.floor((2 ** 33 + 1) * 0.333));
  });

  it.each([Number.POSITIVE_INFINITY, 1e30])('a stated one of %d is none', (option) => {
    const limit = { limitBytes: 512 * MIB, limitSource: 'cgroup v2' } as const;
    const none = deriveBudget({ option, floorBytes: undefined, rssBytes: 1 }, limit, 8192 * MIB);
    expect(none.sentence).toMatch(/^any amount for models, as memory\.budgetBytes says/);
    expect(none.budgetBytes).toBe(option);
    // Above the limit, which may be raised, and below what the machine has.
    const large = deriveBudget({ option: 1024 * MIB, floorBytes: undefined, rssBytes: 1 }, limit, 8192 * MIB);
    expect(large.sentence).toMatch(/^1024 MiB for models/);
  });

  it('is told by explain and snapshot, as data and in words', () => {
    const probe = fakeMemoryProbe({ limit: 1000 * MIB, rss: 40 * MIB });
    const { registry } = openRegistry(
      { model: fakeModel() },
      { memory: { budgetBytes: '60%', floorBytes: 0, probe } },
    );
    const { budget } = registry.explain('model');
    expect(budget).toEqual({
      option: '60%',
      budgetBytes: 600 * MIB,
      limitBytes: 1000 * MIB,
      limitSource: 'probe',
      processBytes: 0,
      reserveBytes: 0,
      floorBytes: 0,
      sentence: '600 MiB for models: 60% of 1000 MiB (the memory probe’s limit).',
    });
    expect(registry.snapshot().memory).toMatchObject({ budgetBytes: 600 * MIB, budget });
    const stated = openRegistry({ model: fakeModel() }, { memory: { budgetBytes: 100, probe } }).registry;
    expect(stated.explain('model').budget.sentence).toBe(
      '100 bytes for models, as memory.budgetBytes says; the limit is 1000 MiB (the memory probe’s limit).',
    );
  });
});

describe('a budget that cannot be', () => {
  const thrownBy = (memory: RegistryOptions['memory']): WarmsetError => {
    try {
      new ModelRegistry({ memory: { probe: fakeMemoryProbe(), ...memory } });
    } catch (error) {
      return error as WarmsetError;
    }
    return expect.unreachable('nothing was thrown');
  };

  it.each([
    Number.NaN,
    -1,
    0,
    null,
    true,
    '10',
    '512MB',
    '',
    '%',
    '-5%',
    '0%',
    '101%',
    '100.1%',
    '1e2%',
    'AUTO',
  ])('%j is refused with what would be right', (budgetBytes) => {
    const error = thrownBy({ budgetBytes: budgetBytes as never });
    expect(error).toBeInstanceOf(WarmsetError);
    expect(error.code).toBe('ERR_MODEL_INVALID');
    expect(error.message).toMatch(
      /^Option memory\.budgetBytes: expected a number of bytes > 0, a share of the limit up to '100%', or 'auto', got /,
    );
  });

  it('auto, where the process takes the limit itself, says what takes it and what would do', () => {
    const error = thrownBy({ probe: fakeMemoryProbe({ limit: 100 * MIB, rss: 90 * MIB }) });
    expect(error).toMatchObject({
      code: 'ERR_MODEL_INVALID',
      message:
        "Option memory.budgetBytes: 'auto' leaves nothing for models, since of the limit of 100 MiB the process takes 90 MiB and 16 MiB are kept in reserve. Raise the limit above 107.1 MiB, or state a number of bytes.",
    });
    expect(derive(107.0, 90).budgetBytes).toBe(0);
    expect(derive(107.2, 90).budgetBytes).toBeGreaterThan(0);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null])('a floor of %j is refused', (floorBytes) => {
    expect(thrownBy({ floorBytes: floorBytes as never }).message).toContain(
      'Option memory.floorBytes: expected a number of bytes ≥ 0, got ',
    );
  });

  it('a floor as high as the limit is refused', () => {
    expect(thrownBy({ floorBytes: 512 * MIB }).message).toBe(
      'Option memory.floorBytes: expected less than the limit of 536870912 bytes, got 536870912.',
    );
  });

  it('one that no model fits is told of at the load, with what would do', async () => {
    const { registry } = openRegistry({ model: fakeModel({ bytes: 101 }) }, { memory: { budgetBytes: 100 } });
    await expect(registry.run('model', 1)).rejects.toMatchObject({
      code: 'ERR_MODEL_TOO_LARGE',
      message: expect.stringMatching(
        /101 bytes; the whole budget is 100\. Raise memory\.budgetBytes to 101 or more/,
      ),
    });
    const probe = fakeMemoryProbe({ limit: 1000, rss: 100 });
    const derived = openRegistry(
      { model: fakeModel({ bytes: 901 }) },
      { memory: { budgetBytes: '90%', probe } },
    );
    await expect(derived.registry.run('model', 1)).rejects.toMatchObject({
      code: 'ERR_MODEL_TOO_LARGE',
      message: expect.stringContaining('It follows from the limit of 1000: raise that'),
    });
  });
});

describe('a probe that fails or lies', () => {
  const warningsOf = (registry: ModelRegistry) => {
    const warnings: string[] = [];
    registry.on('warning', ({ message }) => warnings.push(message));
    return warnings;
  };

  const thrower = () => {
    throw new Error('EMFILE');
  };

  it.each([
    ['throws', thrower],
    ['is no number', () => 'lots' as never],
    ['comes later, or fails to', () => Promise.reject(new Error('EMFILE')) as never],
    ['is NaN', () => Number.NaN],
    ['is 0', () => 0],
    ['is negative', () => -5],
    ['is infinite', () => Number.POSITIVE_INFINITY],
  ])('a limit that %s: the system’s own is taken, with one warning', async (_, limitBytes) => {
    const probe = { ...fakeMemoryProbe(), limitBytes };
    for (const budgetBytes of ['auto', '50%', 10] as const) {
      const registry = new ModelRegistry({ memory: { probe, budgetBytes } });
      const warnings = warningsOf(registry);
      await Promise.resolve();
      const { memory } = registry.snapshot();
      expect(memory.limitBytes).toBe(systemMemoryProbe.limitBytes());
      expect(memory.budget.limitSource).not.toBe('probe');
      registry.snapshot();
      expect(warnings).toEqual([expect.stringContaining('limitBytes()')]);
    }
  });

  it('one that fails altogether, from the start or later, crashes nothing', async () => {
    let broken = true;
    const read = () => (broken ? thrower() : 2 ** 30);
    const probe = { rssBytes: read, limitBytes: read, availableBytes: read };
    const model = { load: () => 1, run: () => 'output' };
    for (const atFirst of [true, false]) {
      broken = atFirst;
      const { registry } = openRegistry({ model }, { memory: { probe, budgetBytes: '50%' } });
      const warnings = warningsOf(registry as never);
      broken = !atFirst;
      expect(await registry.run('model', 1)).toBe('output');
      broken = true;
      await registry.evict('model');
      const { memory } = registry.snapshot();
      expect(Object.values(memory).filter(Number.isNaN)).toEqual([]);
      expect(memory.rssBytes).toBeGreaterThan(0);
      // One of the limit, one of all else.
      expect(warnings).toHaveLength(2);
      await registry.close();
    }
  });

  it('a cgroup without a limit is told to those who listen, where the budget follows from it, and to nobody else', async () => {
    using tree = fileTree({
      'proc/self/cgroup': '0::/\n',
      'proc/self/mountinfo': '31 23 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
      'proc/meminfo': 'MemAvailable: 4194304 kB\n',
      'sys/fs/cgroup/memory.max': 'max\n',
    });
    const total = 8192 * MIB;
    const machine = { totalBytes: () => total, constrainedBytes: () => 0, availableBytes: () => total };
    const processWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const open = async (budgetBytes: 'auto' | number) => {
      const probe = new SystemMemory(tree.root, machine);
      const registry = new ModelRegistry({ memory: { probe, budgetBytes } });
      const warnings = warningsOf(registry);
      await Promise.resolve();
      return warnings;
    };
    expect(await open('auto')).toEqual([
      "No cgroup limits the memory of this process: the machine's 8 GiB are taken for its limit",
    ]);
    expect(await open(100)).toEqual([]);
    new ModelRegistry({ memory: { probe: new SystemMemory(tree.root, machine) } });
    await Promise.resolve();
    expect(processWarning).not.toHaveBeenCalled();
  });

  it('a cgroup whose file goes bad while running: the limit stays as it was; where it is lifted, that is followed', () => {
    using tree = fileTree({
      'proc/self/cgroup': '0::/\n',
      'proc/self/mountinfo': '31 23 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
      'sys/fs/cgroup/memory.max': `${200 * MIB}\n`,
    });
    const gauge = new MemoryGauge(new SystemMemory(tree.root));
    const kinds: string[] = [];
    gauge.listen(({ kind }) => kinds.push(kind));
    expect(gauge.read()).toMatchObject({ limitBytes: 200 * MIB, limitSource: 'cgroup v2' });
    for (const text of ['', '0', '-1', 'lots', '']) {
      tree.write({ 'sys/fs/cgroup/memory.max': text });
      expect(gauge.read()).toMatchObject({ limitBytes: 200 * MIB, limitSource: 'cgroup v2' });
    }
    tree.write({ 'sys/fs/cgroup/memory.max': '', 'sys/fs/cgroup/memory.high': `${100 * MIB}` });
    expect(gauge.read().limitBytes).toBe(100 * MIB);
    tree.write({ 'sys/fs/cgroup/memory.max': 'max', 'sys/fs/cgroup/memory.high': 'max' });
    expect(gauge.read().limitBytes).toBeGreaterThan(200 * MIB);
    expect(kinds).toEqual(['unreadable', 'absurd', 'shrunk', 'unlimited']);
  });

  it('a cgroup whose file is empty is told also where nobody listens, once', async () => {
    using tree = fileTree({
      'proc/self/cgroup': '0::/\n',
      'proc/self/mountinfo': '31 23 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
      'sys/fs/cgroup/memory.max': '',
    });
    const processWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const registry = new ModelRegistry({ memory: { probe: new SystemMemory(tree.root) } });
    await Promise.resolve();
    registry.snapshot();
    expect(processWarning.mock.calls).toEqual([
      [expect.stringContaining('sys/fs/cgroup/memory.max says ""'), 'WarmsetWarning'],
    ]);
  });
});

describe('a stated budget above the container’s limit', () => {
  it('is allowed, with a warning; one above all that the machine has is no budget, without', async () => {
    vi.spyOn(process, 'constrainedMemory').mockReturnValue(200 * MIB);
    for (const [budgetBytes, count] of [
      [300 * MIB, 1],
      [200 * MIB, 0],
      [Number.MAX_SAFE_INTEGER, 0],
      [Number.POSITIVE_INFINITY, 0],
    ] as const) {
      const registry = new ModelRegistry({ memory: { budgetBytes } });
      const warnings: string[] = [];
      registry.on('warning', ({ message }) => warnings.push(message));
      await Promise.resolve();
      expect(warnings).toHaveLength(count);
      if (count > 0)
        expect(warnings[0]).toMatch(/memory\.budgetBytes is 300 MiB and the container’s limit 200 MiB/);
    }
  });
});
