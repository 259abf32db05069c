import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blockFor } from './block.js';
import { type CgroupFiles, cgroupFolders, groupEvents, type MemoryUse, memoryUse, V1 } from './cgroup.js';

/** A container as far as memory goes: processes that together get so much of it, and no more. No swap. */
export class MemoryBox {
  readonly limitBytes: number;
  readonly version: 'v1' | 'v2';
  readonly #folder: string;
  readonly #files: CgroupFiles;
  #removed = false;

  /**
   * Makes a box, or says why there can be none here.
   *
   * @param mount where the cgroups are mounted
   */
  static make(limitBytes: number, mount = '/sys/fs/cgroup'): MemoryBox | { readonly why: string } {
    if (process.platform !== 'linux')
      return { why: `a memory cgroup needs Linux, this is ${process.platform}` };
    const places = cgroupFolders(mount, readFileSync('/proc/self/cgroup', 'utf8'));
    const refusals: string[] = [];
    for (const { parent, files } of places) {
      const folder = join(parent, `warmset-${process.pid}-${Date.now().toString(36)}`);
      const refusal = tryToMake(folder, files, limitBytes);
      if (refusal === undefined) return new MemoryBox(folder, files, limitBytes);
      refusals.push(`${parent}: ${refusal}`);
    }
    return { why: refusals.join('; ') || `there are no cgroups at ${mount}` };
  }

  private constructor(folder: string, files: CgroupFiles, limitBytes: number) {
    this.#folder = folder;
    this.#files = files;
    this.limitBytes = limitBytes;
    this.version = files === V1 ? 'v1' : 'v2';
    boxes.add(this);
  }

  /** The command that runs `command` in the box: the shell goes in first, so all that it becomes is counted. */
  commandFor(command: readonly string[]): [command: string, ...args: string[]] {
    return ['/bin/sh', '-c', 'echo $$ > "$0" && exec "$@"', this.#file('cgroup.procs'), ...command];
  }

  use(): MemoryUse {
    const { usage, inactive } = this.#files;
    return memoryUse(this.#read(usage), this.#read('memory.stat'), inactive);
  }

  /** The most that was charged to the box, page cache included; `undefined` where the kernel (v2 before 5.19) keeps no such figure. */
  peakBytes(): number | undefined {
    return existsSync(this.#file(this.#files.peak)) ? Number(this.#read(this.#files.peak)) : undefined;
  }

  /** How many of its processes the kernel killed for want of memory. */
  oomKills(): number {
    return groupEvents(this.#read(this.#files.events)).oom_kill ?? Number.NaN;
  }

  pids(): number[] {
    return this.#read('cgroup.procs').split('\n').filter(Boolean).map(Number);
  }

  /** Ends whatever is in it, and takes it away. Blocks, so that it also works while this process exits. */
  remove(): void {
    if (this.#removed) return;
    this.#removed = true;
    boxes.delete(this);
    for (let tries = 0; tries < 500; tries++) {
      for (const pid of this.pids()) kill(pid);
      try {
        return rmdirSync(this.#folder);
      } catch {
        // A process that was killed stays until its memory is given back.
        blockFor(10);
      }
    }
    throw new Error(`${this.#folder} could not be removed: it still holds ${this.pids().join(', ')}`);
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  #read(name: string): string {
    return readFileSync(this.#file(name), 'utf8');
  }
}

const boxes = new Set<MemoryBox>();

/** However this process ends (but for SIGKILL), its boxes go with it. */
export function removeBoxesAtExit(): void {
  process.once('exit', () => {
    for (const box of boxes) box.remove();
  });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
}

/** Why not, where it could not be made; then nothing is left of it. */
function tryToMake(folder: string, files: CgroupFiles, limitBytes: number): string | undefined {
  try {
    mkdirSync(folder);
  } catch (error) {
    return messageOf(error);
  }
  try {
    if (!existsSync(join(folder, files.limit)))
      throw new Error('the memory controller is not delegated to it');
    writeFileSync(join(folder, files.limit), String(limitBytes));
    // Absent where the kernel counts no swap.
    const swap = join(folder, files.swap);
    if (existsSync(swap)) writeFileSync(swap, String(files.swapLimit(limitBytes)));
    // A folder is not enough: a process must also be allowed to move into it.
    const entered = spawnSync('/bin/sh', ['-c', 'echo $$ > "$0"', join(folder, 'cgroup.procs')]);
    if (entered.status !== 0) throw new Error('a process may not enter it');
    return undefined;
  } catch (error) {
    rmdirSync(folder);
    return messageOf(error);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
