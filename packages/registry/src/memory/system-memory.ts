import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import {
  CGROUP_FILES,
  type GroupFigures,
  hierarchicalLimit,
  locateMemoryCgroup,
  type MemoryCgroup,
  parseLimit,
  reclaimableBytes,
} from './cgroup.js';
import type { MemoryProbe } from './probe.js';

/** What a limit was taken from, the surest first: `node` is `process.constrainedMemory()`. */
export type LimitSource = 'probe' | 'cgroup v1' | 'cgroup v2' | 'node' | 'machine';

/** Why a source says nothing of the limit; `limit` is a probe's. */
type LimitTrouble = 'missing' | 'unreadable' | 'absurd' | 'limit';

/** Something wrong with a source of figures; reported once per kind. */
export interface Trouble {
  readonly kind: LimitTrouble | 'unlimited' | 'shrunk' | 'over-limit' | 'probe';
  readonly message: string;
  readonly cause?: unknown;
}

/** One look at the memory. */
export interface MemoryReading {
  readonly limitBytes: number;
  readonly limitSource: LimitSource;
  /** `undefined` where the system gives no figure that can be relied on. */
  readonly availableBytes: number | undefined;
  readonly troubles: readonly Trouble[];
}

/** What Node says of the machine; tests have others. */
export interface Machine {
  readonly totalBytes: () => number;
  readonly constrainedBytes: () => number;
  readonly availableBytes: () => number;
}

const thisMachine: Machine = {
  totalBytes: () => os.totalmem(),
  constrainedBytes: () => process.constrainedMemory(),
  availableBytes: () => process.availableMemory(),
};

/**
 * The memory of this process by the tightest limit that is known: its cgroup's and its parents', what Node says, the
 * machine's. A source that says nothing usable is passed over. Measured here: 0.1 ms a reading.
 */
export class SystemMemory implements MemoryProbe {
  readonly #root: string;
  readonly #machine: Machine;
  #membership: string | undefined;
  #cgroup: MemoryCgroup | undefined;

  /** @param root the folder in which `proc` and `sys` are */
  constructor(root = '/', machine = thisMachine) {
    this.#root = root;
    this.#machine = machine;
  }

  rssBytes(): number {
    return process.memoryUsage.rss();
  }

  limitBytes(): number {
    return this.read().limitBytes;
  }

  availableBytes(): number {
    return this.read().availableBytes ?? this.#machine.availableBytes();
  }

  read(): MemoryReading {
    const troubles: Trouble[] = [];
    const totalBytes = this.#machine.totalBytes();
    const cgroup = this.#locate();
    const groups = cgroup === undefined ? [] : this.#groups(cgroup, totalBytes, troubles);
    const constrainedBytes = this.#machine.constrainedBytes();
    const cgroupBytes = Math.min(totalBytes, ...groups.map(({ limitBytes }) => limitBytes));
    const isNode = constrainedBytes > 0 && constrainedBytes < cgroupBytes;
    const limitBytes = isNode ? constrainedBytes : cgroupBytes;
    const limitSource = isNode
      ? 'node'
      : groups.length > 0 && cgroup !== undefined
        ? (`cgroup v${cgroup.version}` as const)
        : 'machine';
    if (limitSource === 'machine' && cgroup !== undefined && troubles.length === 0) {
      const message = `No cgroup limits the memory of this process: the machine's ${gib(totalBytes)} are taken for its limit`;
      troubles.push({ kind: 'unlimited', message });
    }
    const left = groups.map((group) => group.limitBytes - group.usedBytes + group.reclaimableBytes);
    const inMachine = this.#machineAvailable();
    const nodeBytes = isNode ? this.#machine.availableBytes() : totalBytes;
    const availableBytes = inMachine && Math.max(0, Math.min(limitBytes, inMachine, nodeBytes, ...left));
    return { limitBytes, limitSource, availableBytes, troubles };
  }

  /** Found anew only where the process was moved to another group. */
  #locate(): MemoryCgroup | undefined {
    const membership = this.#text('proc/self/cgroup');
    if (membership === this.#membership) return this.#cgroup;
    this.#membership = membership;
    this.#cgroup =
      membership === undefined
        ? undefined
        : locateMemoryCgroup(membership, this.#text('proc/self/mountinfo') ?? '', (folder) =>
            existsSync(join(this.#root, folder)),
          );
    return this.#cgroup;
  }

  /** The figures of those groups that have a limit below the machine's memory. */
  #groups({ version, folders }: MemoryCgroup, totalBytes: number, troubles: Trouble[]): GroupFigures[] {
    const files = CGROUP_FILES[version];
    const limits = folders.map((folder) =>
      Math.min(...files.limits.map((file) => this.#limit(`${folder}/${file}`, version, troubles))),
    );
    const own = folders[0] ?? '';
    const stat = version === 1 ? (this.#text(`${own}/${files.stat}`) ?? '') : '';
    // A parent may be tighter and not be mounted here.
    limits[0] = Math.min(limits[0] ?? Number.POSITIVE_INFINITY, hierarchicalLimit(stat) || totalBytes);
    const groups: GroupFigures[] = [];
    folders.forEach((folder, index) => {
      const limitBytes = limits[index] ?? Number.POSITIVE_INFINITY;
      if (limitBytes >= totalBytes) return;
      const usedBytes = parseLimit(this.#text(`${folder}/${files.used}`) ?? '') ?? 0;
      const cache = reclaimableBytes(this.#text(`${folder}/${files.stat}`) ?? '', version);
      groups.push({ limitBytes, usedBytes, reclaimableBytes: Math.min(cache, usedBytes) });
    });
    return groups;
  }

  /** `Infinity` where the file sets no limit; why, where that is not as it should be, goes to `troubles`. */
  #limit(file: string, version: 1 | 2, troubles: Trouble[]): number {
    const text = this.#text(file);
    const bytes = text === undefined ? undefined : parseLimit(text);
    if (bytes !== undefined && bytes > 0) return bytes;
    const passed = 'it is passed over for the next best source of a limit';
    if (text !== undefined) {
      const kind = bytes === 0 ? 'absurd' : 'unreadable';
      troubles.push({ kind, message: `${file} says ${JSON.stringify(text.trim())}: ${passed}` });
    } else if (version === 1 || (file.endsWith('.max') && this.#shouldBeThere(file))) {
      troubles.push({ kind: 'missing', message: `${file} cannot be read: ${passed}` });
    }
    return Number.POSITIVE_INFINITY;
  }

  /** In v2 the root has no limits (and no events), nor has a group to whose children memory was not handed on. */
  #shouldBeThere(file: string): boolean {
    const folder = file.slice(0, file.lastIndexOf('/'));
    const controllers = this.#text(`${folder}/cgroup.controllers`)?.trim().split(' ') ?? [];
    return controllers.includes('memory') && this.#text(`${folder}/cgroup.events`) !== undefined;
  }

  /** The kernel's own estimate of what can be had without swapping; other systems' figures leave out their caches. */
  #machineAvailable(): number | undefined {
    const kibibytes = /^MemAvailable: +(\d+) kB$/m.exec(this.#text('proc/meminfo') ?? '')?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  }

  #text(path: string): string | undefined {
    try {
      return readFileSync(join(this.#root, path), 'utf8');
    } catch {
      // Not Linux, not mounted, or not for us to read.
      return undefined;
    }
  }
}

/** `23.5 GiB`. */
function gib(bytes: number): string {
  return `${Number((bytes / 2 ** 30).toFixed(1))} GiB`;
}

export const systemMemoryProbe = new SystemMemory();
