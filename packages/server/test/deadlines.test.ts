import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines } from '../src/infer/deadlines.js';

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => vi.useRealTimers());

describe('Deadlines', () => {
  it('rejects what is over its time with ERR_TIMEOUT, and leaves the rest', async () => {
    const deadlines = new Deadlines();
    let done = (_value: number) => {};
    const slow = deadlines.within(new Promise<number>(() => {}), 250, 'm');
    const fast = deadlines.within(
      new Promise<number>((resolve) => {
        done = resolve;
      }),
      10_000,
      'm',
    );
    vi.advanceTimersByTime(200);
    const failed = expect(slow).rejects.toMatchObject({ code: 'ERR_TIMEOUT', modelName: 'm' });
    vi.advanceTimersByTime(100);
    await failed;
    done(7);
    expect(await fast).toBe(7);
  });

  it('hands on a failure, and keeps no timer once nothing is left', async () => {
    const deadlines = new Deadlines();
    await expect(deadlines.within(Promise.reject(new Error('no')), 1_000, 'm')).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(200);
    expect(vi.getTimerCount()).toBe(0);
  });
});
