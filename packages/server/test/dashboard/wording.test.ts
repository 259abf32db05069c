import { describe, expect, it } from 'vitest';
import { isPossible, outcomeOf } from '../../src/dashboard/page/state/actions.js';
import {
  counted,
  duration,
  hostWords,
  loadWords,
  memoryWords,
  numberWords,
  readable,
} from '../../src/dashboard/page/state/wording.js';
import { model } from './samples.js';

describe('what the dashboard says', () => {
  it('of memory: what is charged, else what is reserved, else what is expected, and how that is known', () => {
    expect(memoryWords(model('m', { memory: { bytes: 2_000_000, source: 'process' } }))).toBe(
      '2.00 MB (process)',
    );
    expect(memoryWords(model('m', { memory: { bytes: 0, source: 'none', reservedBytes: 3_000 } }))).toBe(
      '3.00 kB (reserved)',
    );
    expect(memoryWords(model('m', { memory: { bytes: 0, source: 'none', estimatedBytes: 3_000 } }))).toBe(
      '– (about 3.00 kB)',
    );
    expect(memoryWords(model('m'))).toBe('–');
  });

  it('of loads: the last, and the mean where there were several', () => {
    const load = { lastMs: 12, meanMs: 20, maxMs: 30, queuedMs: 0, at: 5 };
    expect(loadWords(model('m'))).toBe('–');
    expect(loadWords(model('m', { load: { ...load, at: 0, progress: 0.5 } }))).toBe('–');
    expect(loadWords(model('m', { load, loads: 1 }))).toBe('12.0 ms');
    expect(loadWords(model('m', { load, loads: 3 }))).toBe('12.0 ms (mean 20.0 ms)');
    expect([duration(undefined), counted(3, 0), counted(3, 1)]).toEqual(['–', '3', '3 (1 failed)']);
  });

  it('of decisions: sizes and times in their units', () => {
    expect(numberWords({ needBytes: 2_000_000, bytes: 500, queuedMs: 1_500, uses: 4 })).toBe(
      'need 2.00 MB, size 500 B, queued 1.50 s, uses 4',
    );
    expect(readable('26639831 bytes were reserved, 12 bytes were not')).toBe(
      '26.6 MB were reserved, 12 bytes were not',
    );
  });

  it('of hosts: the thread or process that they are', () => {
    const host = {
      id: 2,
      pid: 71,
      state: 'up',
      models: [],
      bytes: 0,
      chargedBytes: 0,
      inFlight: 0,
      runs: 0,
      restarts: 0,
      uptimeMs: 0,
    } as const;
    expect(hostWords({ ...host, models: [], kind: 'inline' })).toBe('this thread, process 71');
    expect(hostWords({ ...host, models: [], kind: 'process' })).toBe('process 71, host 2');
    expect(hostWords({ ...host, models: [], kind: 'thread', threadId: 5 })).toBe('thread 5, host 2');
  });
});

describe('actions', () => {
  it('are possible where they would do something', () => {
    expect(isPossible('load', 'idle')).toBe(true);
    expect(isPossible('load', 'failed')).toBe(true);
    expect(isPossible('load', 'ready')).toBe(false);
    expect(isPossible('evict', 'ready')).toBe(true);
    expect(isPossible('evict', 'draining')).toBe(false);
  });

  it('tell what came of them', () => {
    expect(outcomeOf('load', 'm', 200, {})).toEqual({ text: 'm: loaded', failed: false, refused: false });
    expect(outcomeOf('evict', 'm', 200, { evicted: true, freedBytes: 5_000 }).text).toBe(
      'm: evicted, 5.00 kB measured free',
    );
    expect(outcomeOf('evict', 'm', 200, { evicted: true, freedBytes: 0 }).text).toBe('m: evicted');
    expect(outcomeOf('evict', 'm', 200, { evicted: false, freedBytes: 0 }).text).toBe(
      'm: was not loaded or is still in use',
    );
    expect(outcomeOf('load', 'm', 401, { error: 'This needs an admin.' })).toEqual({
      text: 'm: not loaded. This needs an admin.',
      failed: true,
      refused: true,
    });
    expect(outcomeOf('reload', 'm', 502, undefined).text).toBe('m: not reloaded. The server answered 502.');
  });
});
