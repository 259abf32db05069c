import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A group of processes that the kernel gives so much memory and no more. */
export interface MemoryCgroup {
  /** The file to which a process writes its id to join. */
  readonly procs: string;
  add(pid: number): void;
  remove(): void;
}

const V1 = '/sys/fs/cgroup/memory';
const V2 = '/sys/fs/cgroup';

/** `undefined` where this user, or this machine, cannot make one. */
export function memoryCgroup(limitBytes: number): MemoryCgroup | undefined {
  const v1 = existsSync(join(V1, 'memory.limit_in_bytes'));
  const folder = join(v1 ? V1 : V2, `warmset-test-${process.pid}-${Math.random().toString(36).slice(2)}`);
  const limitFile = v1 ? 'memory.limit_in_bytes' : 'memory.max';
  try {
    mkdirSync(folder);
  } catch {
    return undefined;
  }
  try {
    writeFileSync(join(folder, limitFile), String(limitBytes));
  } catch {
    rmdirSync(folder);
    return undefined;
  }
  return {
    procs: join(folder, 'cgroup.procs'),
    add: (pid) => writeFileSync(join(folder, 'cgroup.procs'), String(pid)),
    remove: () => rmdirSync(folder),
  };
}
