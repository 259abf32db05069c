import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IsolationOptions, ModelRegistry, WarmsetError } from '@warmset/registry';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FaultOutcome, faultTable, rounds } from './support/fault-table.js';
import {
  type Faulty,
  type FaultyInput,
  type FaultyOptions,
  faulty,
  isAlive,
  LARGE,
  openHosts,
  pidOf,
  until,
} from './support/faulty.js';
import { type MemoryCgroup, memoryCgroup } from './support/memory-cgroup.js';
import { Neighbour } from './support/neighbour.js';

const MIB = 2 ** 20;

type Registry = ModelRegistry<Record<string, Faulty>>;

/** One line of the table. */
interface Fault {
  readonly what: string;
  /** What becomes of the models that the fault is for. */
  readonly options?: FaultyOptions;
  /** Small ones share a host; a single one has its own. Default: one, `subject`. */
  readonly subjects?: readonly string[];
  readonly isolation?: IsolationOptions;
  readonly members?: Partial<Faulty>;
  /** The models are loaded before. Default true. */
  readonly loaded?: boolean;
  /** Brings it about; resolves with what each caller got. */
  readonly cause: (registry: Registry) => Promise<readonly string[]>;
  readonly callers: readonly string[];
}

/** The code that each request fails with. */
async function codes(...requests: Promise<unknown>[]): Promise<string[]> {
  const outcomes = await Promise.allSettled(requests);
  return outcomes.map((outcome) =>
    outcome.status === 'rejected' ? (outcome.reason as WarmsetError).code : 'an answer',
  );
}

const inRun = (fault: NonNullable<FaultyInput['fault']>) => (registry: Registry) =>
  codes(registry.run('subject', { fault }));

/** Sends the host a signal while a request is in it. */
const signalled = (signal: NodeJS.Signals) => (registry: Registry) => {
  const pid = pidOf(registry, 'subject');
  const running = codes(registry.run('subject', { fault: 'hang' }));
  process.kill(pid, signal);
  return running;
};

let cgroup: MemoryCgroup | undefined;

const faults: readonly Fault[] = [
  { what: '`process.exit()` in a run', cause: inRun('exit'), callers: ['ERR_MODEL_CRASHED'] },
  { what: 'SIGKILL', cause: signalled('SIGKILL'), callers: ['ERR_MODEL_CRASHED'] },
  { what: 'SIGSEGV', cause: signalled('SIGSEGV'), callers: ['ERR_MODEL_CRASHED'] },
  { what: 'an abort in native code', cause: inRun('abort'), callers: ['ERR_MODEL_CRASHED'] },
  {
    what: 'V8 out of memory',
    isolation: { execArgv: ['--max-old-space-size=32'] },
    cause: inRun('exhaustHeap'),
    callers: ['ERR_MODEL_CRASHED'],
  },
  {
    what: 'the cgroup out of memory',
    cause: (registry) => {
      cgroup?.add(pidOf(registry, 'subject'));
      return inRun('exhaustMemory')(registry);
    },
    callers: ['ERR_MODEL_CRASHED'],
  },
  {
    what: 'an endless loop in a run (runTimeoutMs 300)',
    isolation: { runTimeoutMs: 300 },
    cause: inRun('loop'),
    callers: ['ERR_MODEL_CRASHED'],
  },
  {
    what: 'an endless loop in a load (loadTimeoutMs 1000)',
    options: { load: 'loop' },
    loaded: false,
    members: { loadTimeoutMs: 1_000 },
    cause: (registry) => codes(registry.run('subject', {})),
    callers: ['ERR_LOAD_TIMEOUT'],
  },
  {
    what: 'a host that stops reading (SIGSTOP, runTimeoutMs 300)',
    isolation: { runTimeoutMs: 300 },
    cause: signalled('SIGSTOP'),
    callers: ['ERR_MODEL_CRASHED'],
  },
  {
    what: 'a crash during a load',
    options: { load: 'kill' },
    loaded: false,
    cause: (registry) => codes(registry.run('subject', {})),
    callers: ['ERR_MODEL_CRASHED'],
  },
  {
    what: 'a crash during a dispose',
    options: { dispose: 'kill' },
    cause: async (registry) => [`evicted: ${(await registry.evict('subject')).evicted}`],
    callers: ['evicted: true'],
  },
  {
    what: 'a crash during a dispose on a shared host',
    options: { dispose: 'kill' },
    subjects: ['first', 'second'],
    cause: async (registry) => {
      const running = codes(registry.run('second', { fault: 'hang' }));
      const { evicted } = await registry.evict('first');
      return [`evicted: ${evicted}`, ...(await running)];
    },
    callers: ['evicted: true', 'ERR_MODEL_CRASHED'],
  },
  {
    what: 'a crash of a shared host with three models in flight',
    subjects: ['first', 'second', 'third'],
    cause: (registry) =>
      codes(
        registry.run('first', { fault: 'hang' }),
        registry.run('second', { fault: 'hang' }),
        registry.run('third', { fault: 'abort' }),
      ),
    callers: ['ERR_MODEL_CRASHED', 'ERR_MODEL_CRASHED', 'ERR_MODEL_CRASHED'],
  },
];

/** Asks until the model answers, waiting as long as its errors say. */
async function recover(registry: Registry, name: string): Promise<void> {
  for (const deadline = performance.now() + 10_000; ; ) {
    try {
      await registry.run(name, {});
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, (error as WarmsetError).retryAfterMs ?? 0));
    }
  }
}

describe('a host that fails', () => {
  const outcomes: FaultOutcome[] = [];
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'warmset-faults-'));
    cgroup = memoryCgroup(96 * MIB);
    // What V8 and Node print as they go down.
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  });

  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
    cgroup?.remove();
  });

  afterAll(() => {
    if (rounds > 1) console.log(faultTable(outcomes));
  });

  async function play(fault: Fault): Promise<FaultOutcome> {
    const { subjects = ['subject'], loaded = true } = fault;
    const members = { estimateBytes: subjects.length === 1 ? LARGE : MIB, ...fault.members };
    const subject = () => faulty({ once: join(folder, 'happened'), ...fault.options }, members);
    const models: Record<string, Faulty> = Object.fromEntries(subjects.map((name) => [name, subject()]));
    models.other = faulty({}, { estimateBytes: LARGE });
    const registry = openHosts(models, {
      isolation: { kind: 'process', ...fault.isolation },
      load: { cooldownMs: 1 },
    });
    const pids = new Set<number>();
    const notePids = () => {
      for (const { pid } of registry.snapshot().hosts) pids.add(pid);
    };
    await registry.load('other');
    if (loaded) await Promise.all(subjects.map((name) => registry.load(name)));
    registry.on('state', notePids);
    notePids();
    const otherPid = pidOf(registry, 'other');
    const neighbour = new Neighbour((input) => registry.run('other', input));
    const startedAt = performance.now();
    const callers = await fault.cause(registry);
    const bytesLeft = () => {
      const { usedBytes, reservedBytes } = registry.snapshot().memory;
      const { bytes, hostBytes = 0 } = registry.status('other').memory;
      return usedBytes + reservedBytes - bytes - hostBytes;
    };
    expect(bytesLeft()).toBe(0);
    await Promise.all(subjects.map((name) => recover(registry, name)));
    const recoveryMs = performance.now() - startedAt;
    await neighbour.stop();
    expect(neighbour.failures).toEqual([]);
    expect(pidOf(registry, 'other')).toBe(otherPid);
    notePids();
    await registry.evictAll();
    await until('the hosts are gone', () => registry.snapshot().hosts.length === 0);
    return {
      fault: fault.what,
      callers,
      neighbourServed: neighbour.served,
      neighbourFailed: neighbour.failures.length,
      recoveryMs,
      bytesLeft: bytesLeft(),
      processesLeft: [...pids].filter((pid) => pid !== 0 && isAlive(pid)).length,
    };
  }

  for (const fault of faults) {
    for (let round = 1; round <= rounds; round += 1) {
      const of = rounds > 1 ? ` (${round} of ${rounds})` : '';
      it(`by ${fault.what} fails its own requests only, and its models serve again${of}`, async ({
        skip,
      }) => {
        const wantsCgroup = fault.what.startsWith('the cgroup');
        skip(wantsCgroup && cgroup === undefined, 'no memory cgroup can be made here');
        const outcome = await play(fault);
        outcomes.push(outcome);
        expect(outcome.callers).toEqual(fault.callers);
        expect(outcome.neighbourServed).toBeGreaterThan(0);
        expect(outcome).toMatchObject({ neighbourFailed: 0, bytesLeft: 0, processesLeft: 0 });
      }, 30_000);
    }
  }
});
