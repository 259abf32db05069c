import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LoadTurns } from '../../src/isolation/load-turns.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** @param share of a processor that the host takes */
const turnsAt = (share: number) => new LoadTurns(() => Date.now() * share);

/** Takes a turn and notes its name when it comes. */
async function take(turns: LoadTurns, name: string, came: string[]) {
  const end = await turns.take();
  came.push(name);
  return end;
}

const settled = () => vi.advanceTimersByTimeAsync(0);

describe('LoadTurns', () => {
  it('come one after the other, in the order in which they were asked for', async () => {
    const turns = turnsAt(1);
    const came: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => take(turns, name, came));
    await settled();
    expect(came).toEqual(['a']);
    (await a)?.();
    await settled();
    expect(came).toEqual(['a', 'b']);
    (await b)?.();
    (await c)?.();
    expect(came).toEqual(['a', 'b', 'c']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['half a second, of a load that only waits', 0, 500],
    ['five seconds, of one that works', 0.1, 5_000],
  ])('are waited for no longer than %s', async (_what, share, limitMs) => {
    const turns = turnsAt(share);
    const came: string[] = [];
    const end = await take(turns, 'hangs', came);
    void take(turns, 'next', came);
    await vi.advanceTimersByTimeAsync(limitMs - 1);
    expect(came).toEqual(['hangs']);
    await vi.advanceTimersByTimeAsync(1);
    expect(came).toEqual(['hangs', 'next']);
    // Its end, when it comes after all, ends nobody else's.
    void take(turns, 'last', came);
    end();
    await settled();
    expect(came).toEqual(['hangs', 'next']);
  });
});
