import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { FakeClock } from '@warmset/registry/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startIdleTimer, startTimer, systemClock } from '../src/clock.js';
import { systemMemoryProbe } from '../src/memory/system-memory.js';
import { UseClock } from '../src/use-clock.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('the system’s clock', () => {
  it('tells the time since the epoch and never goes back when the wall clock does', () => {
    const wall = Date.now();
    const first = systemClock.now();
    expect(Math.abs(first - wall)).toBeLessThan(60_000);
    vi.useFakeTimers({ now: 0, toFake: ['Date'] });
    expect(systemClock.now()).toBeGreaterThanOrEqual(first);
  });

  it('starts timers that can be stopped, more than once', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const fired: string[] = [];
    const stopped = startTimer(systemClock, 10, () => fired.push('stopped'));
    startTimer(systemClock, 10, () => fired.push('kept'));
    stopped.stop();
    stopped.stop();
    vi.advanceTimersByTime(10);
    expect(fired).toEqual(['kept']);
  });

  it.each([2 ** 31, Number.POSITIVE_INFINITY])(
    'a timer of %d ms never fires, nor at once as Node’s would',
    (ms) => {
      const clock = new FakeClock();
      for (const start of [startTimer, startIdleTimer]) {
        start(clock, ms, () => expect.unreachable()).stop();
      }
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it('an idle timer alone does not keep the process; one that a caller waits for does', () => {
    const unref = vi.fn();
    const clock = { ...systemClock, setTimeout: () => ({ unref }) };
    startTimer(clock, 10, () => {});
    expect(unref).not.toHaveBeenCalled();
    startIdleTimer(clock, 10, () => {});
    expect(unref).toHaveBeenCalledOnce();
  });
});

describe('the system’s memory', () => {
  it('is this process’s, within a limit', () => {
    const rss = systemMemoryProbe.rssBytes();
    expect(rss).toBeGreaterThan(2 ** 20);
    expect(systemMemoryProbe.limitBytes()).toBeGreaterThan(rss);
    expect(systemMemoryProbe.limitBytes()).toBeLessThanOrEqual(os.totalmem());
    expect(systemMemoryProbe.availableBytes()).toBeGreaterThan(0);
  });

  it('agrees with what Node knows of a container', () => {
    const without = systemMemoryProbe.limitBytes();
    for (const unlimited of [0, 2 ** 63]) {
      vi.spyOn(process, 'constrainedMemory').mockReturnValue(unlimited);
      expect(systemMemoryProbe.limitBytes()).toBeGreaterThanOrEqual(without);
    }
    vi.spyOn(process, 'constrainedMemory').mockReturnValue(2 ** 20);
    expect(systemMemoryProbe.limitBytes()).toBe(2 ** 20);
  });
});

describe('stamps of use', () => {
  it('on the system’s clock rise with every use, though they read it only now and then', () => {
    const reading = vi.spyOn(systemClock, 'now');
    const stamps = new UseClock(systemClock);
    stamps.start();
    expect(reading).toHaveBeenCalledOnce();
    const first = stamps.stamp();
    const later = Array.from({ length: 100 }, () => stamps.stamp());
    expect(later).toEqual([...new Set(later)].sort((a, b) => a - b));
    expect(later[0]).toBeGreaterThan(first);
    expect(reading).toHaveBeenCalledOnce();
    stamps.stop();
  });

  it('never fall behind a reading, and start and stop as often as they are told', () => {
    const stamps = new UseClock(systemClock);
    stamps.start();
    stamps.start();
    const now = stamps.now();
    expect(stamps.stamp()).toBeGreaterThan(now);
    stamps.stop();
    stamps.stop();
    stamps.start();
    stamps.stop();
  });

  it('on a clock of the user’s are that clock’s own readings', () => {
    const clock = new FakeClock(5);
    const stamps = new UseClock(clock);
    stamps.start();
    expect([stamps.stamp(), stamps.stamp(), stamps.now()]).toEqual([5, 5, 5]);
    stamps.stop();
  });
});

describe('a process with a registry in it', () => {
  const script = fileURLToPath(new URL('support/idle-process.ts', import.meta.url));

  it.each(['idle', 'loaded', 'leased', 'closed'])(
    'ends by itself when the registry is %s',
    async (state) => {
      const child = spawn(process.execPath, ['--import', 'tsx', script, state], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (text: Buffer) => {
        output += text.toString();
      });
      // Only ends a child that would never end; how long a good one takes is not looked at.
      const stuck = setTimeout(() => child.kill(), 20_000);
      const [code, signal] = await once(child, 'exit');
      clearTimeout(stuck);
      expect({ code, signal, output }).toEqual({ code: 0, signal: null, output: `${state}\n` });
    },
    30_000,
  );
});
