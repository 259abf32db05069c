import { describe, expect, it } from 'vitest';
import type { BoxRun } from '../harness/box-run.js';
import { broken, exitText, percentile, summarize } from '../harness/report.js';

const good: BoxRun = {
  limitBytes: 1000,
  peakBytes: 900,
  workingSetPeakBytes: 880,
  oomKills: 0,
  exit: { code: 0, signal: null },
  traffic: { latenciesMs: [30, 10, 20, 40], failures: [], unsent: 0, tookMs: 50 },
  warmset: {
    loads: 3,
    evictions: 2,
    failedLoads: 0,
    budgetBytes: 600,
    lastLoaded: { a: { bytes: 300, source: 'process' }, b: { bytes: 400, source: 'estimate' } },
  },
  loaded: 0,
  tookMs: 60,
  stderr: '',
};

const killed: BoxRun = {
  ...good,
  peakBytes: 1000,
  oomKills: 1,
  exit: { code: null, signal: 'SIGKILL' },
  traffic: { latenciesMs: [10], failures: ['a: fetch failed'], unsent: 2, tookMs: 20 },
  warmset: undefined,
  loaded: 7,
};

const faults = (run: BoxRun, isCold = false) => broken(summarize('warmset', run), run, 4, isCold);

describe('the report', () => {
  it('sums up a run', () => {
    expect(summarize('warmset', good)).toMatchObject({
      answered: 4,
      failures: 0,
      p50Ms: 20,
      p95Ms: 40,
      loads: 3,
      evictions: 2,
      peakShare: 0.9,
      exit: '0',
      held: { models: 2, measured: 1, bytes: 700 },
    });
  });

  it('sums up a server that was killed before it listened', () => {
    const summary = summarize('plain-at-start', { ...killed, traffic: undefined });
    expect(summary).toMatchObject({ answered: 0, loads: 7, exit: '137 (SIGKILL)', oomKills: 1 });
    expect(summary.p50Ms).toBeUndefined();
  });

  it('takes percentiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([50, 95, 99, 100].map((share) => percentile(hundred, share))).toEqual([50, 95, 99, 100]);
    expect(percentile([7], 99)).toBe(7);
    expect(percentile([], 50)).toBeUndefined();
  });

  it('says how a process ended', () => {
    expect(exitText({ code: 3, signal: null })).toBe('3');
    expect(exitText({ code: null, signal: 'SIGTERM' })).toBe('SIGTERM');
  });
});

describe('the verdict', () => {
  it('finds nothing wrong at 90 % of the limit', () => {
    expect(faults(good)).toEqual([]);
  });

  it('names a peak above it, counting the page cache unless the files are cold', () => {
    const cached = { ...good, peakBytes: 901 };
    expect(faults(cached)).toEqual(['the peak was 90.1 % of the limit, more than 90.0 %']);
    expect(faults(cached, true)).toEqual([]);
    expect(faults({ ...cached, workingSetPeakBytes: 950 }, true)).toHaveLength(1);
  });

  it('names every fault of a server that was killed', () => {
    const found = faults(killed).join('\n');
    expect(found).toContain('1 of 4 requests were answered rightly');
    expect(found).toContain('1 requests failed, e.g. a: fetch failed');
    expect(found).toContain('the kernel killed 1 processes');
    expect(found).toContain('ended with 137 (SIGKILL)');
  });

  it('is not satisfied by a server that never listened', () => {
    expect(faults({ ...good, traffic: undefined })).toContain('0 of 4 requests were answered rightly');
  });
});
