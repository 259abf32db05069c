import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Machine, SystemMemory } from '../src/memory/system-memory.js';
import { memoryCgroup } from './isolation/support/memory-cgroup.js';
import { fileTree } from './support/file-tree.js';

const MIB = 2 ** 20;

/** 8 GiB, of which 6 are available; Node knows of no limit. */
const machine: Machine = {
  totalBytes: () => 8192 * MIB,
  constrainedBytes: () => 0,
  availableBytes: () => 100 * MIB,
};

const SERVICE = 'sys/fs/cgroup/system.slice/server.service';

/** A machine with v2 and a service in a slice, neither of them limited. */
const v2 = () =>
  fileTree({
    'proc/self/cgroup': '0::/system.slice/server.service\n',
    'proc/self/mountinfo': '31 23 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
    'proc/meminfo': `MemTotal: 8388608 kB\nMemAvailable: ${6 * 1024 ** 2} kB\n`,
    'sys/fs/cgroup/cgroup.controllers': 'cpu memory\n',
    'sys/fs/cgroup/system.slice/memory.max': 'max\n',
    'sys/fs/cgroup/system.slice/memory.high': 'max\n',
    ...group(SERVICE, { max: 'max', high: 'max' }),
  });

function group(
  folder: string,
  {
    max = 'max',
    high = 'max',
    used = 100 * MIB,
    inactive = 0,
  }: { max?: string | number; high?: string | number; used?: number; inactive?: number },
): Record<string, string> {
  return {
    [`${folder}/cgroup.controllers`]: 'memory\n',
    [`${folder}/cgroup.events`]: 'populated 1\n',
    [`${folder}/memory.max`]: `${max}\n`,
    [`${folder}/memory.high`]: `${high}\n`,
    [`${folder}/memory.current`]: `${used}\n`,
    [`${folder}/memory.stat`]: `inactive_file ${inactive}\nactive_file 0\nfile_mapped 0\n`,
  };
}

/** A hybrid machine whose memory controller is v1's. */
const v1 = (own: Record<string, string>) =>
  fileTree({
    'proc/self/cgroup': '4:memory:/box\n0::/\n',
    'proc/self/mountinfo':
      '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n38 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n',
    'proc/meminfo': `MemAvailable: ${6 * 1024 ** 2} kB\n`,
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    'sys/fs/cgroup/memory/box/memory.limit_in_bytes': '9223372036854771712\n',
    'sys/fs/cgroup/memory/box/memory.usage_in_bytes': `${100 * MIB}\n`,
    'sys/fs/cgroup/memory/box/memory.stat': 'hierarchical_memory_limit 9223372036854771712\n',
    ...own,
  });

describe('the limit of the memory', () => {
  it('is the cgroup’s, in v2', () => {
    using tree = v2();
    tree.write(group(SERVICE, { max: 512 * MIB, used: 300 * MIB, inactive: 50 * MIB }));
    expect(new SystemMemory(tree.root, machine).read()).toEqual({
      limitBytes: 512 * MIB,
      limitSource: 'cgroup v2',
      availableBytes: 262 * MIB,
      troubles: [],
    });
  });

  it('is the tightest of memory.max, memory.high and those of the parents', () => {
    using tree = v2();
    const limit = () => new SystemMemory(tree.root, machine).limitBytes() / MIB;
    tree.write(group(SERVICE, { max: 512 * MIB, high: 400 * MIB }));
    expect(limit()).toBe(400);
    tree.write(group('sys/fs/cgroup/system.slice', { max: 300 * MIB }));
    expect(limit()).toBe(300);
    tree.write(group('sys/fs/cgroup/system.slice', { max: 600 * MIB }));
    expect(limit()).toBe(400);
  });

  it('of a parent leaves what the others in it have left', () => {
    using tree = v2();
    tree.write(group(SERVICE, { max: 512 * MIB, used: 100 * MIB }));
    tree.write(group('sys/fs/cgroup/system.slice', { max: 600 * MIB, used: 550 * MIB, inactive: 10 * MIB }));
    const { limitBytes, availableBytes } = new SystemMemory(tree.root, machine).read();
    expect([limitBytes / MIB, Number(availableBytes) / MIB]).toEqual([512, 60]);
  });

  it('is v1’s where memory is v1’s, its parents’ included', () => {
    using tree = v1({
      'sys/fs/cgroup/memory/box/memory.limit_in_bytes': `${512 * MIB}\n`,
      'sys/fs/cgroup/memory/box/memory.stat': `total_inactive_file ${20 * MIB}\nhierarchical_memory_limit ${512 * MIB}\n`,
    });
    const memory = new SystemMemory(tree.root, machine);
    expect(memory.read()).toEqual({
      limitBytes: 512 * MIB,
      limitSource: 'cgroup v1',
      availableBytes: 432 * MIB,
      troubles: [],
    });
    // A parent's that is not mounted here shows in memory.stat.
    tree.write({ 'sys/fs/cgroup/memory/box/memory.stat': `hierarchical_memory_limit ${256 * MIB}\n` });
    expect(memory.limitBytes()).toBe(256 * MIB);
  });

  it('is no more than the machine has, and no more is available than there is in it', () => {
    using tree = v2();
    tree.write(group(SERVICE, { max: 99_999 * MIB, used: 0 }));
    const { limitBytes, limitSource, availableBytes } = new SystemMemory(tree.root, machine).read();
    expect([limitBytes, limitSource, availableBytes]).toEqual([8192 * MIB, 'machine', 6144 * MIB]);
    tree.write(group(SERVICE, { max: 7000 * MIB, used: 0 }));
    expect(new SystemMemory(tree.root, machine).availableBytes()).toBe(6144 * MIB);
  });

  it('is what Node knows, where that is tighter, and then so is what is available', () => {
    using tree = v2();
    const constrained = { ...machine, constrainedBytes: () => 200 * MIB };
    expect(new SystemMemory(tree.root, constrained).read()).toMatchObject({
      limitBytes: 200 * MIB,
      limitSource: 'node',
      availableBytes: 100 * MIB,
    });
  });

  it('is followed where the process is moved to another group', () => {
    using tree = v2();
    const memory = new SystemMemory(tree.root, machine);
    expect(memory.limitBytes()).toBe(8192 * MIB);
    tree.write(group('sys/fs/cgroup/box', { max: 512 * MIB }));
    tree.write({ 'proc/self/cgroup': '0::/box\n' });
    expect(memory.limitBytes()).toBe(512 * MIB);
  });

  it('is the machine’s where there are no cgroups, which is no trouble; what is available is not known', () => {
    using tree = fileTree({});
    const memory = new SystemMemory(tree.root, machine);
    expect(memory.read()).toEqual({
      limitBytes: 8192 * MIB,
      limitSource: 'machine',
      availableBytes: undefined,
      troubles: [],
    });
    expect(memory.availableBytes()).toBe(100 * MIB);
  });

  it('where nothing is limited it says so', () => {
    using tree = v2();
    const { limitSource, troubles } = new SystemMemory(tree.root, machine).read();
    expect({ limitSource, kinds: troubles.map(({ kind }) => kind) }).toEqual({
      limitSource: 'machine',
      kinds: ['unlimited'],
    });
  });
});

describe('a file that does not say what it should', () => {
  it.each([
    ['empty', '', 'unreadable'],
    ['no number', 'lots\n', 'unreadable'],
    ['negative', '-1\n', 'unreadable'],
    ['zero', '0\n', 'absurd'],
  ])('%s: the next best source is taken, and the trouble is named', (_, text, kind) => {
    using tree = v2();
    tree.write({ [`${SERVICE}/memory.max`]: text });
    tree.write(group('sys/fs/cgroup/system.slice', { max: 700 * MIB }));
    const { limitBytes, troubles } = new SystemMemory(tree.root, machine).read();
    expect(limitBytes).toBe(700 * MIB);
    expect(troubles).toMatchObject([
      { kind, message: expect.stringContaining(`server.service/memory.max says`) },
    ]);
  });

  it('that is missing where there should be one is named; that of the root is not', () => {
    using tree = v2();
    tree.remove(`${SERVICE}/memory.max`);
    const { limitSource, troubles } = new SystemMemory(tree.root, machine).read();
    expect(limitSource).toBe('machine');
    expect(troubles).toMatchObject([
      { kind: 'missing', message: expect.stringContaining('server.service/memory.max cannot be read') },
    ]);
    using old = v1({});
    old.remove('sys/fs/cgroup/memory/box/memory.limit_in_bytes');
    expect(new SystemMemory(old.root, machine).read().troubles).toMatchObject([{ kind: 'missing' }]);
  });

  it('usage and statistics that cannot be read count as nothing used', () => {
    using tree = v2();
    tree.write(group(SERVICE, { max: 512 * MIB }));
    tree.remove(`${SERVICE}/memory.current`);
    tree.remove(`${SERVICE}/memory.stat`);
    expect(new SystemMemory(tree.root, machine).availableBytes()).toBe(512 * MIB);
  });
});

describe('a process in a real cgroup of 300 MiB', () => {
  const script = fileURLToPath(new URL('support/read-memory.ts', import.meta.url));

  it('sees that limit, what is left of it, and a budget made of both', ({ skip }) => {
    const box = memoryCgroup(300 * MIB);
    if (box === undefined) return skip('this user, or this machine, cannot make a memory cgroup');
    try {
      // The shell joins the group, then becomes Node.
      const text = execFileSync(
        'sh',
        ['-c', 'echo $$ > "$0" && exec "$@"', box.procs, process.execPath, '--import', 'tsx', script],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const { limitBytes, limitSource, availableBytes, budget, troubles } = JSON.parse(text);
      expect({ limitBytes, troubles }).toEqual({ limitBytes: 300 * MIB, troubles: [] });
      expect(limitSource).toMatch(/^cgroup v[12]$/);
      expect(availableBytes).toBeGreaterThan(100 * MIB);
      expect(availableBytes).toBeLessThan(300 * MIB);
      expect(budget).toMatchObject({ limitBytes: 300 * MIB, reserveBytes: 48 * MIB });
      expect(budget.budgetBytes).toBe(252 * MIB - budget.processBytes);
    } finally {
      box.remove();
    }
  }, 30_000);
});
