import { posix } from 'node:path';

/** Where a process's memory is limited: its group's folder, and the mount at which its parents end. */
export interface MemoryCgroup {
  readonly version: 1 | 2;
  /** Its own folder first, then its parents' up to the mount. */
  readonly folders: readonly string[];
}

/** What one group says. */
export interface GroupFigures {
  readonly limitBytes: number;
  readonly usedBytes: number;
  /** File cache that the kernel drops before it kills. */
  readonly reclaimableBytes: number;
}

/** The files of a group by cgroup version; the tightest of the limits holds. */
export const CGROUP_FILES = {
  1: { limits: ['memory.limit_in_bytes'], used: 'memory.usage_in_bytes', stat: 'memory.stat' },
  2: { limits: ['memory.max', 'memory.high'], used: 'memory.current', stat: 'memory.stat' },
} as const;

/**
 * Finds the memory cgroup of a process. A controller belongs to one hierarchy: where v1 has memory (hybrid set-ups too),
 * v2 has not. In a container the path may lead outside what is mounted there; then the mount's root is the group.
 *
 * @param membership the text of `/proc/self/cgroup`
 * @param mountinfo the text of `/proc/self/mountinfo`, whose fields proc_pid_mountinfo(5) names
 * @param exists whether there is such a folder
 */
export function locateMemoryCgroup(
  membership: string,
  mountinfo: string,
  exists: (folder: string) => boolean,
): MemoryCgroup | undefined {
  for (const version of [1, 2] as const) {
    const path = pathOf(membership, version);
    const mount = path === undefined ? undefined : mountOf(mountinfo, version);
    if (path === undefined || mount === undefined) continue;
    const inside = posix.resolve(mount.point, `.${below(mount.root, path)}`);
    const isThere = isWithin(mount.point, inside) && exists(inside);
    return { version, folders: foldersFrom(isThere ? inside : mount.point, mount.point) };
  }
  return undefined;
}

/** A limit's text in bytes; `Infinity` where there is none, `undefined` where it says nothing usable. */
export function parseLimit(text: string): number | undefined {
  const said = text.trim();
  if (said === 'max') return Number.POSITIVE_INFINITY;
  return /^\d+$/.test(said) ? Number(said) : undefined;
}

/**
 * The file cache in `memory.stat` that goes before anybody is killed: all that is inactive, and of the active what no
 * process has mapped. Code that runs is mapped, so it counts as used.
 */
export function reclaimableBytes(stat: string, version: 1 | 2): number {
  const of = (key: string) => statOf(stat, version === 1 ? `total_${key}` : key) ?? 0;
  const mapped = of(version === 1 ? 'mapped_file' : 'file_mapped');
  return of('inactive_file') + Math.max(0, of('active_file') - mapped);
}

/** In v1 the tightest limit of the group and its parents, also of those that are not mounted here. */
export function hierarchicalLimit(stat: string): number | undefined {
  return statOf(stat, 'hierarchical_memory_limit');
}

function statOf(stat: string, key: string): number | undefined {
  const figure = new RegExp(`^${key} (\\d+)$`, 'm').exec(stat)?.[1];
  return figure === undefined ? undefined : Number(figure);
}

function pathOf(membership: string, version: 1 | 2): string | undefined {
  for (const line of membership.split('\n')) {
    const [, id, controllers = '', path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (version === 2 ? id === '0' && controllers === '' : controllers.split(',').includes('memory'))
      return path;
  }
  return undefined;
}

function mountOf(mountinfo: string, version: 1 | 2): { root: string; point: string } | undefined {
  for (const line of mountinfo.split('\n')) {
    const [, root, point, kind, options] = /^\d+ \d+ \S+ (\S+) (\S+) .*- (\S+) \S+ (\S+)$/.exec(line) ?? [];
    if (root === undefined || point === undefined) continue;
    const fits =
      version === 2 ? kind === 'cgroup2' : kind === 'cgroup' && options?.split(',').includes('memory');
    if (fits) return { root: withoutEscapes(root), point: withoutEscapes(point) };
  }
  return undefined;
}

/** Spaces and the like stand as octal numbers in mountinfo. */
function withoutEscapes(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function below(root: string, path: string): string {
  return root !== '/' && isWithin(root, path) ? path.slice(root.length) : path;
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

function foldersFrom(folder: string, top: string): string[] {
  return folder === top ? [folder] : [folder, ...foldersFrom(posix.dirname(folder), top)];
}
