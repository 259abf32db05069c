import { readFileSync } from 'node:fs';
import { type ModelDefinition, type ModelMap, ModelRegistry, type RegistryOptions } from '@warmset/registry';
import { afterEach } from 'vitest';
import { buildHost } from './built-host.js';

const MIB = 2 ** 20;

/** From this estimate on a model gets a host of its own. */
export const LARGE = 64 * MIB;

export interface FaultyInput {
  /** See `FAULTS` in `fixtures/faulty.mjs`. */
  readonly fault?:
    | 'exit'
    | 'abort'
    | 'kill'
    | 'throw'
    | 'loop'
    | 'hang'
    | 'block'
    | 'leak'
    | 'exhaustHeap'
    | 'exhaustMemory';
  readonly value?: unknown;
  /** Shared; `block` waits until its first number is no longer 0. */
  readonly gate?: Int32Array;
}

export interface FaultyOptions {
  readonly load?: FaultyInput['fault'];
  readonly dispose?: FaultyInput['fault'];
  /** A file that does not exist: the faults happen once. */
  readonly once?: string;
  /** A file: the faults happen only where it is there. */
  readonly when?: string;
  /** Bytes that stay when it is gone. */
  readonly keeps?: number;
  /** Bytes that its runtime takes, once. */
  readonly runtime?: number;
  readonly bytes?: number;
  /** Shared; a load or dispose that is to `block` waits until its first number is no longer 0. Only for threads. */
  readonly gate?: Int32Array;
}

export interface FaultyOutput {
  readonly value: unknown;
  /** Of the process that answered. */
  readonly pid: number;
}

export type Faulty = ModelDefinition<unknown, FaultyInput, FaultyOutput>;

/** The model of `fixtures/faulty.mjs`, which only a host can load. */
export function faulty(options: FaultyOptions = {}, members: Partial<Faulty> = {}): Faulty {
  const elsewhere = () => {
    throw new Error('the test wants it in a host');
  };
  const module = new URL('../fixtures/faulty.mjs', import.meta.url).href;
  const portable = { module, export: 'faulty', options };
  return { estimateBytes: MIB, load: elsewhere, run: elsewhere, portable, ...members };
}

const open = new Set<ModelRegistry>();

/** Built from the sources of now, for each file of tests. */
export const built = buildHost();

/** A registry with real hosts, closed after the test. */
export function openHosts<Models extends ModelMap>(
  models: Models,
  { isolation, ...options }: Omit<RegistryOptions<Models>, 'models'> = {},
): ModelRegistry<Models> {
  const given = typeof isolation === 'string' ? { kind: isolation } : isolation;
  const registry = new ModelRegistry<Models>({
    ...options,
    models,
    memory: { budgetBytes: 2 ** 40, ...options.memory },
    isolation: { idleHostMs: 0, hostFile: built.hostFile, ...given },
  });
  open.add(registry as unknown as ModelRegistry);
  return registry;
}

afterEach(async () => {
  const registries = [...open];
  open.clear();
  await Promise.all(registries.map((registry) => registry.close({ timeoutMs: 0 })));
});

/** Looks every few milliseconds, for what other processes do is told to nobody. */
export async function until(what: string, isSo: () => boolean, limitMs = 15_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether there is such a process; one that has ended and that its parent has not asked about does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    // Gone since, or no Linux.
    return process.platform !== 'linux';
  }
}

/** The host that a model lives in. */
export function hostOf(registry: Pick<ModelRegistry, 'snapshot'>, name: string) {
  const host = registry.snapshot().hosts.find(({ models }) => models.includes(name));
  if (host === undefined) throw new Error(`no host has "${name}"`);
  return host;
}

/** The process that a model lives in. */
export function pidOf(registry: Pick<ModelRegistry, 'snapshot'>, name: string): number {
  return hostOf(registry, name).pid;
}
