import { systemClock } from '../../../src/clock.js';
import type { LoadContext, ModelDefinition } from '../../../src/definition.js';
import type { LoadedModel, RemoteHost } from '../../../src/isolation/host.js';
import type { RemoteHostOptions } from '../../../src/isolation/remote-host.js';

export const fixture = (file: string) => new URL(`../fixtures/${file}`, import.meta.url).href;

/** Limits that no test waits for, unless it sets them. */
export function hostOptions(hostFile: URL, options: Partial<RemoteHostOptions> = {}): RemoteHostOptions {
  return {
    clock: systemClock,
    hostFile,
    startTimeoutMs: 30_000,
    pingEveryMs: 3_600_000,
    pingTimeoutMs: 3_600_000,
    runTimeoutMs: 3_600_000,
    stopTimeoutMs: 10_000,
    execArgv: [],
    ...options,
  };
}

export function portable(exported: string, options: unknown = {}, file = 'models.mjs'): ModelDefinition {
  return {
    load: () => {
      throw new Error('A host loads what is portable, not this.');
    },
    portable: { module: fixture(file), export: exported, options },
  };
}

export function loadContext(context: Partial<LoadContext> = {}): LoadContext {
  const { signal } = new AbortController();
  return { name: 'm', clock: systemClock, signal, reportProgress() {}, ...context };
}

export function load(host: RemoteHost, exported: string, options: unknown = {}): Promise<LoadedModel> {
  return host.load(portable(exported, options), loadContext(), () => {});
}

export const told = { name: 'm' };

/** Resolves with the reason when the host goes down. */
export function downOf(host: RemoteHost): Promise<string> {
  return new Promise((resolve) => {
    host.onDown = resolve;
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Looks again and again; the test's own time limit is the deadline. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
