import { printable } from '../output/printable.js';
import { progressBar } from '../output/progress-bar.js';
import { type Column, renderTable } from '../output/table.js';
import type { Terminal } from '../output/terminal.js';
import { formatBytes, formatMs } from '../output/units.js';
import type { ModelState, ServerState } from './server-state.js';

const COLUMNS: readonly Column[] = [
  { title: 'MODEL' },
  { title: 'STATE' },
  { title: 'MEMORY', align: 'right' },
  { title: 'LOAD', align: 'right' },
  { title: 'LOADS', align: 'right' },
  { title: 'EVICTED', align: 'right' },
  { title: 'BUSY', align: 'right' },
  { title: 'WAIT', align: 'right' },
  { title: 'RUNS', align: 'right' },
  { title: 'P50', align: 'right' },
  { title: 'P99', align: 'right' },
];

const STATE_COLOURS: Readonly<Record<string, 'green' | 'yellow' | 'red' | 'dim'>> = {
  ready: 'green',
  queued: 'yellow',
  loading: 'yellow',
  draining: 'yellow',
  failed: 'red',
  idle: 'dim',
};

const BAR_WIDTH = 20;

/** The state of a server as lines of text. @param problem why the state may be old */
export function statusLines(
  { origin, models, memory }: ServerState,
  terminal: Terminal,
  problem?: string,
): string[] {
  const entries = Object.entries(models);
  const [head = '', ...rows] = renderTable(
    COLUMNS,
    entries.map(([name, model]) => [name, ...cells(model)]),
  );
  const failures = entries.filter(([, { error }]) => error !== null && error !== undefined);
  return [
    `${terminal.paint('bold', origin)}  ${memoryLine(memory, terminal)}`,
    ...(problem === undefined ? [] : [terminal.paint('red', problem)]),
    '',
    terminal.paint('dim', head),
    ...rows.map((row, index) => coloured(row, entries[index]?.[1].state ?? '', terminal)),
    ...(failures.length === 0
      ? []
      : ['', ...failures.map(([, { error }]) => terminal.paint('red', printable(error ?? '')))]),
  ];
}

function memoryLine({ budget, process_memory }: ServerState['memory'], { paint }: Terminal): string {
  const taken = budget.used_bytes + budget.reserved_bytes;
  const { done, left } = progressBar(taken / budget.bytes, BAR_WIDTH);
  const bar = `${paint(taken > budget.bytes ? 'red' : 'cyan', done)}${paint('dim', left)}`;
  return `${bar} ${formatBytes(taken)} of ${formatBytes(budget.bytes)} for models; server ${formatBytes(process_memory.rss_mb * 1e6)}`;
}

function cells(model: ModelState): string[] {
  const { state, memory, load, loads, evictions, leases, waiting, runs, run } = model;
  const progress =
    state === 'loading' && load?.progress !== undefined ? ` ${Math.round(load.progress * 100)}%` : '';
  return [
    `${state}${progress}`,
    memory.bytes === 0 ? '–' : formatBytes(memory.bytes),
    load === undefined || loads === 0 ? '–' : formatMs(load.lastMs),
    String(loads),
    String(evictions),
    String(leases),
    String(waiting),
    String(runs),
    run === undefined ? '–' : formatMs(run.p50Ms),
    run === undefined ? '–' : formatMs(run.p99Ms),
  ];
}

/** Colours the word of the state, after the columns have been measured. */
function coloured(row: string, state: string, { paint }: Terminal): string {
  const colour = STATE_COLOURS[state];
  const at = row.indexOf(`  ${state}`);
  if (colour === undefined || at < 0) return row;
  return `${row.slice(0, at + 2)}${paint(colour, state)}${row.slice(at + 2 + state.length)}`;
}
