import { getEventListeners } from 'node:events';
import { FakeClock } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { sleep, withinLimits } from '../src/limits.js';
import { deferred, rejection } from './support/promises.js';

describe('a wait within limits', () => {
  it('ends with its work, its signal or its time-out, whichever is first, and leaves nothing', async () => {
    const clock = new FakeClock();
    const leaving = new AbortController();
    const limits = { signal: leaving.signal, timeoutMs: 10 };
    const timedOut = () => 'too late';
    const begin = () => {
      const work = deferred<string>();
      return { work, wait: withinLimits(work.promise, clock, limits, timedOut) };
    };
    const done = begin();
    done.work.resolve('done');
    expect(await done.wait).toBe('done');
    const failed = begin();
    failed.work.reject('failed');
    expect(await rejection(failed.wait)).toBe('failed');
    const slow = rejection(begin().wait);
    await clock.advance(10);
    expect(await slow).toBe('too late');
    const left = rejection(begin().wait);
    leaving.abort('left');
    expect(await left).toBe('left');
    expect(await rejection(begin().wait)).toBe('left');
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(leaving.signal, 'abort')).toHaveLength(0);
  });

  it('sleep ends with its time or with its signal, also one that was aborted before, and leaves nothing', async () => {
    const clock = new FakeClock();
    const leaving = new AbortController();
    const slept = sleep(clock, 10, leaving.signal);
    await clock.advance(10);
    await slept;
    const left = rejection(sleep(clock, 10, leaving.signal));
    leaving.abort('left');
    expect(await left).toBe('left');
    expect(await rejection(sleep(clock, 10, leaving.signal))).toBe('left');
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(leaving.signal, 'abort')).toHaveLength(0);
  });
});
