import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the two versions of cgroups call the same things. */
export interface CgroupFiles {
  readonly limit: string;
  readonly swap: string;
  /** What to write there so that there is no swap: v1 limits memory and swap together. */
  swapLimit(limitBytes: number): number;
  readonly usage: string;
  readonly peak: string;
  readonly events: string;
  /** The line of `memory.stat` with the page cache that was not used lately. */
  readonly inactive: string;
}

export const V1: CgroupFiles = {
  limit: 'memory.limit_in_bytes',
  swap: 'memory.memsw.limit_in_bytes',
  swapLimit: (limitBytes) => limitBytes,
  usage: 'memory.usage_in_bytes',
  peak: 'memory.max_usage_in_bytes',
  events: 'memory.oom_control',
  inactive: 'total_inactive_file',
};

export const V2: CgroupFiles = {
  limit: 'memory.max',
  swap: 'memory.swap.max',
  swapLimit: () => 0,
  usage: 'memory.current',
  peak: 'memory.peak',
  events: 'memory.events',
  inactive: 'inactive_file',
};

/** What a box holds at one moment, in bytes. */
export interface MemoryUse {
  /** All that is charged to it, page cache included. */
  readonly chargedBytes: number;
  /** The same without the page cache that was not used lately: what Kubernetes calls the working set. */
  readonly workingSetBytes: number;
}

/** Where a box might be made: the mount itself first, then, for v2, the groups on the way to this process's own. */
export function cgroupFolders(
  mount: string,
  ownCgroups: string,
): { readonly parent: string; readonly files: CgroupFiles }[] {
  const v1 = join(mount, 'memory');
  if (existsSync(join(v1, V1.limit)) || existsSync(join(v1, V1.usage))) return [{ parent: v1, files: V1 }];
  if (!existsSync(join(mount, 'cgroup.controllers'))) return [];
  const own = /^0::(\/.*)$/m.exec(ownCgroups)?.[1] ?? '/';
  const above: string[] = [];
  for (let path = own; path !== '/'; path = dirname(path)) above.unshift(join(mount, path));
  return [mount, ...above.filter((path) => existsSync(path))].map((parent) => ({ parent, files: V2 }));
}

/** The counters of `memory.events` or `memory.oom_control`, or the lines of `memory.stat`: a name and a number each. */
export function groupEvents(text: string): Record<string, number> {
  return Object.fromEntries(
    [...text.matchAll(/^(\w+) (\d+)$/gm)].map(([, name, value]) => [name, Number(value)]),
  );
}

export function memoryUse(usage: string, stat: string, inactive: string): MemoryUse {
  const chargedBytes = Number(usage);
  return { chargedBytes, workingSetBytes: Math.max(0, chargedBytes - (groupEvents(stat)[inactive] ?? 0)) };
}
