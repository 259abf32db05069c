import { describe, expect, it } from 'vitest';
import { hierarchicalLimit, locateMemoryCgroup, parseLimit, reclaimableBytes } from '../src/memory/cgroup.js';

const V2_MOUNT = '31 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';
const V1_MOUNT = '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory';
/** systemd on v2. */
const SERVICE = '0::/system.slice/server.service\n';
/** This project's development machine: memory is v1's, and there is a v2 without controllers. */
const HYBRID = {
  groups: '9:name=systemd:/\n4:memory:/box/inner\n0::/\n',
  mounts: `${V1_MOUNT}\n38 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`,
};

const anything = () => true;
const nothing = () => false;

describe('the memory cgroup of a process', () => {
  it('is found in v2, with its parents up to the mount', () => {
    expect(locateMemoryCgroup(SERVICE, V2_MOUNT, anything)).toEqual({
      version: 2,
      folders: [
        '/sys/fs/cgroup/system.slice/server.service',
        '/sys/fs/cgroup/system.slice',
        '/sys/fs/cgroup',
      ],
    });
  });

  it('is found in v1, also beside a v2 that has no controllers', () => {
    expect(locateMemoryCgroup(HYBRID.groups, HYBRID.mounts, anything)).toEqual({
      version: 1,
      folders: ['/sys/fs/cgroup/memory/box/inner', '/sys/fs/cgroup/memory/box', '/sys/fs/cgroup/memory'],
    });
  });

  it('is the one of v2 where v1 has other controllers only', () => {
    const groups = '2:cpu,cpuacct:/a\n0::/a\n';
    const mounts = `20 1 0:1 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n${V2_MOUNT}`;
    expect(locateMemoryCgroup(groups, mounts, anything)?.version).toBe(2);
  });

  it('is found among controllers that are mounted together, and whatever optional fields there are', () => {
    const mounts = '35 31 0:32 / /mnt/cpu,memory rw shared:7 master:1 - cgroup none rw,cpu,memory';
    expect(locateMemoryCgroup('4:cpu,memory:/a\n', mounts, anything)?.folders).toEqual([
      '/mnt/cpu,memory/a',
      '/mnt/cpu,memory',
    ]);
  });

  it('is the mount itself in a namespace, where the path is the root', () => {
    expect(locateMemoryCgroup('0::/\n', V2_MOUNT, anything)?.folders).toEqual(['/sys/fs/cgroup']);
  });

  it('is below what is mounted, where a container sees its own part of the tree only', () => {
    const mounts = '35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory';
    const of = (path: string) => locateMemoryCgroup(`4:memory:${path}\n`, mounts, anything)?.folders;
    expect(of('/docker/abc')).toEqual(['/sys/fs/cgroup/memory']);
    expect(of('/docker/abc/inner')).toEqual(['/sys/fs/cgroup/memory/inner', '/sys/fs/cgroup/memory']);
  });

  it.each(['/kubepods/pod1/c1', '/../../other'])('is the mount’s root where %s is not to be seen', (path) => {
    expect(locateMemoryCgroup(`0::${path}\n`, V2_MOUNT, nothing)?.folders).toEqual(['/sys/fs/cgroup']);
    expect(locateMemoryCgroup(`0::/..${path}\n`, V2_MOUNT, anything)?.folders).toEqual(['/sys/fs/cgroup']);
  });

  it('has spaces in its path, which are escaped', () => {
    const mounts = '1 1 0:1 / /my\\040cgroups rw - cgroup2 cgroup2 rw';
    expect(locateMemoryCgroup('0::/my group\n', mounts, anything)?.folders[0]).toBe('/my cgroups/my group');
  });

  it.each([
    ['nothing is mounted', SERVICE, ''],
    ['nothing says where the process is', '', V2_MOUNT],
    ['the text is not what it should be', 'garbage', 'more garbage\n1 2 3'],
    ['v1 is named and not mounted', '4:memory:/a\n', V2_MOUNT],
  ])('is none where %s', (_, groups, mounts) => {
    expect(locateMemoryCgroup(groups, mounts, anything)).toBeUndefined();
  });
});

describe('the text of a limit', () => {
  it.each([
    ['536870912\n', 536870912],
    ['max\n', Number.POSITIVE_INFINITY],
    ['0\n', 0],
    ['', undefined],
    ['\n', undefined],
    ['-1\n', undefined],
    ['NaN', undefined],
    ['5e8', undefined],
    ['512M', undefined],
  ])('%j is %s', (text, bytes) => {
    expect(parseLimit(text)).toBe(bytes);
  });
});

describe('the file cache that can be dropped', () => {
  it('is what is inactive, and what is active and not mapped', () => {
    expect(reclaimableBytes('anon 9\nfile_mapped 30\ninactive_file 10\nactive_file 100\n', 2)).toBe(80);
    const v1 = 'inactive_file 1\ntotal_mapped_file 30\ntotal_inactive_file 10\ntotal_active_file 100\n';
    expect(reclaimableBytes(v1, 1)).toBe(80);
  });

  it('is never less than what is inactive, and nothing where nothing is said', () => {
    expect(reclaimableBytes('file_mapped 300\ninactive_file 10\nactive_file 100\n', 2)).toBe(10);
    expect(reclaimableBytes('', 2)).toBe(0);
  });

  it('in v1, memory.stat also knows the limits of parents that are not mounted', () => {
    expect(hierarchicalLimit('cache 1\nhierarchical_memory_limit 536870912\n')).toBe(536870912);
    expect(hierarchicalLimit('cache 1\n')).toBeUndefined();
  });
});
