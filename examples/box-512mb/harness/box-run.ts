import { BoxedServer, type Exit } from './boxed-server.js';
import { MemoryBox } from './memory-box.js';
import { PeakWatch } from './peak-watch.js';
import { type PlannedRequest, sendTraffic, type TrafficResult } from './traffic.js';

export interface BoxRunOptions {
  readonly limitBytes: number;
  /** The compiled server. */
  readonly script: string;
  readonly fleetPath: string;
  readonly requests: readonly PlannedRequest[];
  readonly concurrency: number;
}

/** What Warmset says of itself, at the end. */
export interface WarmsetFigures {
  readonly loads: number;
  readonly evictions: number;
  readonly failedLoads: number;
  readonly budgetBytes: number;
  /** By model, what it held when it was last loaded, and how that is known. */
  readonly lastLoaded: Readonly<Record<string, { bytes: number; source: string }>>;
}

/** One server, one box, one round of traffic. */
export interface BoxRun {
  readonly limitBytes: number;
  /** The most that was charged to the box, page cache included. */
  readonly peakBytes: number;
  /** The same without the page cache that was not used lately; sampled. */
  readonly workingSetPeakBytes: number;
  readonly oomKills: number;
  readonly exit: Exit;
  /** `undefined` where it ended before it listened. */
  readonly traffic: TrafficResult | undefined;
  /** `undefined` where the server is a plain one, or ended before it was asked. */
  readonly warmset: WarmsetFigures | undefined;
  /** How many models a plain server had loaded, or begun to. */
  readonly loaded: number;
  /** From the server's start to its end. */
  readonly tookMs: number;
  /** The end of what it wrote to stderr. */
  readonly stderr: string;
}

/** Runs a server in a box of its own. Whatever happens, the box and what is in it are gone afterwards. */
export async function runInBox(options: BoxRunOptions): Promise<BoxRun> {
  const { limitBytes, script, fleetPath, requests, concurrency } = options;
  const box = MemoryBox.make(limitBytes);
  if (!(box instanceof MemoryBox)) throw new Error(`no box could be made: ${box.why}`);
  const watch = new PeakWatch(box);
  try {
    const startedAt = performance.now();
    const server = new BoxedServer(box, script, { FLEET_FILE: fleetPath });
    const url = await server.listening;
    const traffic = url && (await sendTraffic(url, requests, concurrency, server.ended));
    const warmset = url && (await warmsetFigures(url));
    const exit = await server.stop();
    return {
      limitBytes,
      ...watch.stop(),
      oomKills: box.oomKills(),
      exit,
      traffic: traffic || undefined,
      warmset: warmset || undefined,
      loaded: server.loaded,
      tookMs: performance.now() - startedAt,
      stderr: server.stderr,
    };
  } finally {
    watch.stop();
    box.remove();
  }
}

async function warmsetFigures(url: string): Promise<WarmsetFigures | undefined> {
  try {
    const response = await fetch(`${url}/memory-status`);
    if (!response.ok) return undefined;
    const { memory, loads, lastLoaded } = (await response.json()) as {
      memory: { budgetBytes: number };
      loads: { total: number; failed: number; evictions: number };
      lastLoaded: WarmsetFigures['lastLoaded'];
    };
    const { total, failed, evictions } = loads;
    return { loads: total, failedLoads: failed, evictions, budgetBytes: memory.budgetBytes, lastLoaded };
  } catch {
    // It has been killed.
    return undefined;
  }
}
