import type { EvictionCandidate } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { openRegistry } from './support/open.js';

type Facts = Pick<EvictionCandidate, 'gapMs' | 'inflation'>;

/** Two models of which one fits, under a policy that gives all the same score and notes what it is told. */
function open(score: number) {
  const told = new Map<string, Facts>();
  const models = { a: fakeModel({ bytes: 60 }), b: fakeModel({ bytes: 60 }) };
  const eviction = {
    name: 'noting',
    score({ name, gapMs, inflation }: EvictionCandidate) {
      told.set(name, { gapMs, inflation });
      return score;
    },
  };
  const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 100 }, eviction });
  return { registry, clock, told };
}

describe('20: a policy is told', () => {
  it('the typical time between uses: a minute at first, then smoothed, over evictions, bursts counted once', async () => {
    const { registry, clock, told } = open(1);
    await registry.run('a', 1);
    await registry.run('b', 1);
    expect(told.get('a')?.gapMs).toBe(60_000);
    await clock.advance(600_000);
    for (let burst = 0; burst < 5; burst += 1) {
      await registry.run('a', 1);
      await clock.advance(100);
    }
    await registry.run('b', 1);
    expect(told.get('a')?.gapMs).toBeCloseTo(60_000 * 10 ** 0.1);
  });

  it('the highest score that was evicted by the time of its last use', async () => {
    const { registry, told } = open(7);
    await registry.run('a', 1);
    await registry.run('b', 1);
    expect(told.get('a')?.inflation).toBe(0);
    await registry.run('a', 1);
    expect(told.get('b')?.inflation).toBe(7);
  });

  it('and what a request evicts raises nothing', async () => {
    const { registry, told } = open(7);
    await registry.run('a', 1);
    await registry.evict('a');
    await registry.run('b', 1);
    await registry.run('a', 1);
    expect(told.get('b')?.inflation).toBe(0);
  });
});
