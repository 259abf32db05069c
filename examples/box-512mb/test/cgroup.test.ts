import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cgroupFolders, groupEvents, memoryUse, V1, V2 } from '../harness/cgroup.js';
import { MemoryBox } from '../harness/memory-box.js';

let mount = '';

beforeEach(() => {
  mount = mkdtempSync(join(tmpdir(), 'warmset-cgroup-'));
});

afterEach(() => rmSync(mount, { recursive: true, force: true }));

function file(path: string, content = ''): void {
  mkdirSync(join(mount, path, '..'), { recursive: true });
  writeFileSync(join(mount, path), content);
}

describe('where a box might be made', () => {
  it('is the memory hierarchy of v1, also where v2 is mounted for other controllers', () => {
    file('memory/memory.limit_in_bytes', '9223372036854771712\n');
    file('unified/cgroup.controllers');
    const folders = cgroupFolders(mount, '4:memory:/user\n0::/\n');
    expect(folders).toEqual([{ parent: join(mount, 'memory'), files: V1 }]);
  });

  it('is the root of v2, then each group on the way to our own', () => {
    file('cgroup.controllers', 'cpu memory\n');
    mkdirSync(join(mount, 'user.slice/session-1.scope'), { recursive: true });
    const folders = cgroupFolders(mount, '0::/user.slice/session-1.scope\n');
    const parents = ['', 'user.slice', 'user.slice/session-1.scope'].map((path) => join(mount, path));
    expect(folders).toEqual(parents.map((parent) => ({ parent, files: V2 })));
  });

  it('leaves out groups that this container cannot see', () => {
    file('cgroup.controllers', 'cpu memory\n');
    const folders = cgroupFolders(mount, '0::/docker/4f1c\n');
    expect(folders.map(({ parent }) => parent)).toEqual([mount]);
  });

  it('is nowhere without cgroups', () => {
    expect(cgroupFolders(mount, '')).toEqual([]);
  });
});

describe('a box that cannot be made', () => {
  it.runIf(process.platform === 'linux')('says why: there are no cgroups', () => {
    expect(MemoryBox.make(1e9, mount)).toEqual({ why: `there are no cgroups at ${mount}` });
  });

  it.runIf(process.platform === 'linux')('says why: the memory controller is not delegated', () => {
    file('cgroup.controllers', 'cpu\n');
    const made = MemoryBox.make(1e9, mount);
    expect(made).toMatchObject({ why: expect.stringContaining('the memory controller is not delegated') });
  });
});

describe('the figures of a box', () => {
  it('are read from memory.stat: the working set is without the file pages that were not used lately', () => {
    const stat =
      'cache 4788224\nrss 94330880\ninactive_file 1\ntotal_cache 4788224\ntotal_inactive_file 557056\n';
    expect(memoryUse('102760448\n', stat, V1.inactive)).toEqual({
      chargedBytes: 102_760_448,
      workingSetBytes: 102_760_448 - 557_056,
    });
  });

  it('are never negative: the two files are not read at the same moment', () => {
    expect(memoryUse('100\n', 'inactive_file 200\n', V2.inactive).workingSetBytes).toBe(0);
  });

  it('count kills as both versions write them', () => {
    expect(groupEvents('oom_kill_disable 0\nunder_oom 0\noom_kill 2\n').oom_kill).toBe(2);
    expect(groupEvents('low 0\nhigh 0\nmax 31\noom 4\noom_kill 3\noom_group_kill 0\n').oom_kill).toBe(3);
  });
});
