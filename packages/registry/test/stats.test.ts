import { describe, expect, it } from 'vitest';
import { LoadTimer, RunTimer } from '../src/stats.js';

describe('run times', () => {
  it('are the mean of all and the nearest-rank percentiles', () => {
    const timer = new RunTimer();
    for (let ms = 1; ms <= 100; ms += 1) timer.record(ms);
    expect(timer.read()).toEqual({ meanMs: 50.5, p50Ms: 50, p95Ms: 95, p99Ms: 99 });
  });

  it('of a single run are that run', () => {
    const timer = new RunTimer();
    timer.record(7);
    expect(timer.read()).toEqual({ meanMs: 7, p50Ms: 7, p95Ms: 7, p99Ms: 7 });
  });

  it('before any run are 0', () => {
    expect(new RunTimer().read()).toEqual({ meanMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0 });
  });

  it('take their percentiles from the last 512 runs, their mean from all', () => {
    const timer = new RunTimer();
    for (let run = 0; run < 512; run += 1) timer.record(1_000);
    for (let run = 0; run < 512; run += 1) timer.record(10);
    expect(timer.read()).toEqual({ meanMs: 505, p50Ms: 10, p95Ms: 10, p99Ms: 10 });
  });
});

describe('load times', () => {
  it('are the last, the mean and the longest, with what the last one waited', () => {
    const timer = new LoadTimer();
    timer.record(30, 5, 100);
    timer.record(10, 2, 200);
    expect(timer.read()).toEqual({ lastMs: 10, meanMs: 20, maxMs: 30, queuedMs: 2, at: 200 });
    expect(timer.lastMs).toBe(10);
  });
});
