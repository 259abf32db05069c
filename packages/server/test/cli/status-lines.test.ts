import { expect, it } from 'vitest';
import { statusLines } from '../../src/cli/status/lines.js';
import type { ModelState } from '../../src/cli/status/server-state.js';

const terminal = {
  isTty: true,
  hasColours: true,
  columns: 80,
  write: () => undefined,
  paint: (style: unknown, text: string) => `<${style}:${text}>`,
};

const model = (facts: Partial<ModelState>): ModelState => ({
  state: 'idle',
  leases: 0,
  waiting: 0,
  loads: 0,
  evictions: 0,
  runs: 0,
  runFailures: 0,
  memory: { bytes: 0, source: 'none' },
  ...facts,
});

const state = {
  origin: 'http://127.0.0.1:8080',
  models: {
    heart: model({
      state: 'ready',
      loads: 2,
      runs: 10,
      leases: 1,
      memory: { bytes: 1.5e6, source: 'process' },
      load: { lastMs: 283 },
      run: { p50Ms: 0.2, p95Ms: 1, p99Ms: 2 },
    }),
    liver: model({ state: 'loading', load: { lastMs: 0, progress: 0.62 } }),
    ready: model({ state: 'failed', error: 'Model "ready" could not be loaded.' }),
  },
  memory: {
    process_memory: { rss_mb: 83 },
    budget: { bytes: 300e6, used_bytes: 100e6, reserved_bytes: 50e6 },
  },
  answers: { models: {}, memory: {} },
};

it('shows each model on a line, its state in its colour, failures in their own words', () => {
  expect(statusLines(state, terminal)).toEqual([
    '<bold:http://127.0.0.1:8080>  <cyan:━━━━━━━━━━><dim:──────────> 150 MB of 300 MB for models; server 83.0 MB',
    '',
    '<dim:MODEL  STATE         MEMORY    LOAD  LOADS  EVICTED  BUSY  WAIT  RUNS     P50      P99>',
    'heart  <green:ready>        1.50 MB  283 ms      2        0     1     0    10  200 µs  2.00 ms',
    'liver  <yellow:loading> 62%        –       –      0        0     0     0     0       –        –',
    'ready  <red:failed>             –       –      0        0     0     0     0       –        –',
    '',
    '<red:Model "ready" could not be loaded.>',
  ]);
});

it('says above the table why it may be old', () => {
  expect(statusLines(state, terminal, 'nothing listens there')[1]).toBe('<red:nothing listens there>');
});
