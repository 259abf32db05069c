import type { FleetFile } from './fleet-files.js';
import { type Held, percent, type Summary } from './report.js';

/** What each server is. */
export const NAMES: Readonly<Record<Summary['server'], string>> = {
  warmset: 'Warmset: loads on first use, evicts when it must',
  'plain-at-start': 'A plain server that loads all its models at start',
  'plain-lazy': 'A plain server that loads on first use and keeps what it loaded',
};

export function showFleet(models: readonly FleetFile[], limitBytes: number, version: 'v1' | 'v2'): string {
  const bytes = models.reduce((sum, model) => sum + model.bytes, 0);
  const largest = Math.max(...models.map((model) => model.bytes));
  return (
    `${models.length} models, ${mib(bytes)} of files, the largest ${mib(largest)}; ` +
    `a box of ${mib(limitBytes)} (cgroup ${version}, no swap): ${(bytes / limitBytes).toFixed(2)} times the box.`
  );
}

export function show(summary: Summary, limitBytes: number): string {
  const { held } = summary;
  const rows: [string, string][] = [
    ['answered rightly', String(summary.answered)],
    ['failures', String(summary.failures)],
    ...(summary.unsent > 0
      ? ([['never sent: it was dead', String(summary.unsent)]] as [string, string][])
      : []),
    ['p50 / p95 / p99', [summary.p50Ms, summary.p95Ms, summary.p99Ms].map(ms).join(' / ')],
    ['loads', String(summary.loads)],
    ['evictions', String(summary.evictions)],
    ['peak of the box', `${mib(summary.peakBytes)}, ${percent(summary.peakShare)}, page cache included`],
    [
      'peak of its working set',
      `${mib(summary.workingSetPeakBytes)}, ${percent(summary.workingSetPeakBytes / limitBytes)}`,
    ],
    ['OOM kills', String(summary.oomKills)],
    ['exit code', summary.exit],
    ['time', `${(summary.tookMs / 1000).toFixed(1)} s`],
    ...(held === undefined
      ? []
      : ([['held, all that were loaded', heldText(held, limitBytes)]] as [string, string][])),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`).join('\n');
}

function heldText({ models, measured, bytes }: Held, limitBytes: number): string {
  const times = (bytes / limitBytes).toFixed(2);
  return `${mib(bytes)}, ${times} times the box (${models} models, ${measured} measured as a process's memory)`;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function ms(value: number | undefined): string {
  return value === undefined ? '–' : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
