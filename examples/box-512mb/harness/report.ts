import type { BoxRun, WarmsetFigures } from './box-run.js';
import type { ServerName } from './bundle.js';

/** The share of its limit that a box may ever hold. */
const PEAK_SHARE = 0.9;

/** All models together must need this many times the box. */
export const NEED_FACTOR = 3;

/** What a run comes to. Bytes, and times in milliseconds. */
export interface Summary {
  readonly server: ServerName;
  readonly answered: number;
  readonly failures: number;
  readonly unsent: number;
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly loads: number;
  readonly evictions: number;
  readonly peakBytes: number;
  readonly peakShare: number;
  readonly workingSetPeakBytes: number;
  readonly oomKills: number;
  readonly exit: string;
  readonly tookMs: number;
  /** What the registry says that models hold; Warmset only. */
  readonly held: Held | undefined;
}

/** The models that were loaded, each as it was the last time. */
export interface Held {
  readonly models: number;
  /** Of these, how many were measured as the memory of a process; of the others it is the runtime's figure or an estimate. */
  readonly measured: number;
  readonly bytes: number;
}

export function summarize(server: ServerName, run: BoxRun): Summary {
  const { traffic, warmset } = run;
  const sorted = [...(traffic?.latenciesMs ?? [])].sort((a, b) => a - b);
  return {
    server,
    answered: sorted.length,
    failures: traffic?.failures.length ?? 0,
    unsent: traffic?.unsent ?? 0,
    p50Ms: percentile(sorted, 50),
    p95Ms: percentile(sorted, 95),
    p99Ms: percentile(sorted, 99),
    loads: warmset?.loads ?? run.loaded,
    evictions: warmset?.evictions ?? 0,
    peakBytes: run.peakBytes,
    peakShare: run.peakBytes / run.limitBytes,
    workingSetPeakBytes: run.workingSetPeakBytes,
    oomKills: run.oomKills,
    exit: exitText(run.exit),
    tookMs: run.tookMs,
    held: warmset && heldBy(warmset),
  };
}

function heldBy({ lastLoaded }: WarmsetFigures): Held {
  const models = Object.values(lastLoaded);
  return {
    models: models.length,
    measured: models.filter(({ source }) => source === 'process').length,
    bytes: models.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** The smallest of the values that `share` percent of all do not exceed (nearest rank); `undefined` of none. */
export function percentile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length) - 1)];
}

/** What a shell would say, and who said it. */
export function exitText({ code, signal }: BoxRun['exit']): string {
  if (signal === null) return String(code);
  return signal === 'SIGKILL' ? '137 (SIGKILL)' : signal;
}

/** What Warmset's run must show; the promises that it does not keep, in words. */
export function broken(summary: Summary, run: BoxRun, requests: number, isCold: boolean): string[] {
  const { traffic, limitBytes } = run;
  const failures: string[] = [];
  const expect = (holds: boolean, what: string) => {
    if (!holds) failures.push(what);
  };
  const counted = isCold ? summary.workingSetPeakBytes : summary.peakBytes;
  expect(summary.answered === requests, `${summary.answered} of ${requests} requests were answered rightly`);
  expect(summary.failures === 0, `${summary.failures} requests failed, e.g. ${traffic?.failures[0]}`);
  expect(summary.oomKills === 0, `the kernel killed ${summary.oomKills} processes`);
  expect(summary.exit === '0', `the server ended with ${summary.exit}`);
  expect(
    counted <= PEAK_SHARE * limitBytes,
    `the peak was ${percent(counted / limitBytes)} of the limit, more than ${percent(PEAK_SHARE)}`,
  );
  return failures;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
