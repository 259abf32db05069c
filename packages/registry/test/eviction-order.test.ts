import type { EvictionCandidate, EvictionPolicy } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { openRegistry } from './support/open.js';

/** Three models of 30 bytes that fill the budget, and a fourth that needs one of them to go. */
function open(eviction?: 'cost' | 'lru' | 'lfu' | EvictionPolicy) {
  const models = {
    a: fakeModel({ bytes: 30, loadMs: 100 }),
    b: fakeModel({ bytes: 30, loadMs: 10 }),
    c: fakeModel({ bytes: 30, loadMs: 50 }),
    next: fakeModel({ bytes: 30 }),
  };
  const { registry, clock } = openRegistry(models, {
    memory: { budgetBytes: 100 },
    ...(eviction !== undefined && { eviction }),
  });
  const evicted: string[] = [];
  registry.on('evicted', ({ name }) => evicted.push(name));
  const run = async (name: keyof typeof models, times = 1) => {
    for (let time = 0; time < times; time += 1) {
      const running = registry.run(name, 1);
      await clock.advance(200);
      await running;
    }
  };
  return { registry, clock, evicted, run };
}

describe('20: who goes first', () => {
  it('by default is who is quickest to bring back', async () => {
    const { evicted, run } = open();
    for (const name of ['a', 'b', 'c', 'next'] as const) await run(name);
    expect(evicted).toEqual(['b']);
  });

  it('by default is who is wanted least, of two that cost the same', async () => {
    const models = {
      often: fakeModel({ bytes: 40 }),
      seldom: fakeModel({ bytes: 40 }),
      next: fakeModel({ bytes: 40 }),
    };
    const { registry, clock } = openRegistry(models, { memory: { budgetBytes: 100 } });
    for (let time = 0; time < 20; time += 1) await registry.run('often', 1);
    await registry.run('seldom', 1);
    await clock.advance(1_000);
    await registry.run('next', 1);
    expect(registry.status('often').state).toBe('ready');
    expect(registry.status('seldom').state).toBe('idle');
  });

  it('by lru is who was used least recently', async () => {
    const { evicted, run } = open('lru');
    for (const name of ['a', 'b', 'c', 'a', 'next'] as const) await run(name);
    expect(evicted).toEqual(['b']);
  });

  it('by lfu is who was used least often', async () => {
    const { evicted, run } = open('lfu');
    await run('a', 2);
    await run('b', 3);
    await run('c', 1);
    await run('next');
    expect(evicted).toEqual(['c']);
  });

  it('among equals is who was registered first', async () => {
    const { evicted, run } = open({ name: 'equal', score: () => 0 });
    for (const name of ['c', 'b', 'a', 'next'] as const) await run(name);
    expect(evicted).toEqual(['a']);
  });

  it('can be anybody’s own rule, which is told what it needs to know', async () => {
    const told: unknown[] = [];
    const score = ({ name, bytes, loadMs, uses, loadedAt, lastUsedAt }: EvictionCandidate, now: number) => {
      if (name === 'c') told.push({ bytes, loadMs, uses, loadedAt, lastUsedAt, now });
      return name === 'c' ? 1 : 2;
    };
    const { evicted, run } = open({ name: 'not c', score });
    for (const name of ['a', 'b', 'c', 'next'] as const) await run(name);
    expect(evicted).toEqual(['c']);
    expect(told).toEqual([{ bytes: 30, loadMs: 50, uses: 1, loadedAt: 450, lastUsedAt: 450, now: 600 }]);
  });
});

function failing(): number {
  throw new Error('not today');
}

describe('20: a policy that fails', () => {
  it.each([
    ['throws', 'threw'],
    ['gives NaN', 'gave NaN'],
  ])('because it %s is reported, and the least recently used goes', async (how, told) => {
    const score = () => {
      if (how === 'throws') throw new Error('not today');
      return Number.NaN;
    };
    const { registry, evicted, run } = open({ name: 'failing', score });
    const warnings: string[] = [];
    registry.on('warning', ({ message }) => warnings.push(message));
    for (const name of ['b', 'a', 'c', 'next'] as const) await run(name);
    expect(evicted).toEqual(['b']);
    expect(warnings).toContain(`The eviction policy ${told} for "b"; its last use was taken instead`);
  });

  it.each([
    ['stable', { stable: true as const }],
    ['fading', { fading: { weight: failing, since: failing } }],
  ])('is reported also where it is %s', async (_how, kind) => {
    const { registry, evicted, run } = open({ name: 'failing', score: failing, ...kind });
    const warnings = new Set<string>();
    registry.on('warning', ({ message }) => warnings.add(message));
    for (const name of ['b', 'a', 'c', 'next'] as const) await run(name);
    expect(evicted).toEqual(['b']);
    expect(warnings).toContain('The eviction policy threw for "b"; its last use was taken instead');
  });

  it.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['text', () => 'high'],
    ['a bigint', () => 5n],
    ['a symbol', () => Symbol('high')],
    ['a promise that rejects', () => Promise.reject(new Error('later'))],
  ])('because it gives %s is reported, once for each copy', async (_, score) => {
    const { registry, evicted, run } = open({ name: 'failing', score: score as () => number });
    const warnings: string[] = [];
    registry.on('warning', ({ message }) => warnings.push(message));
    for (const name of ['b', 'a', 'c', 'next', 'b'] as const) await run(name);
    expect(evicted).toEqual(['b', 'a']);
    expect(warnings.filter((warning) => warning.includes('"c"'))).toEqual([
      expect.stringMatching(/^The eviction policy gave .+ for "c"; its last use was taken instead$/),
    ]);
  });
});

describe('20: a policy that does not keep what it says', () => {
  let last = 0;
  const rising = () => ++last;
  const falling = () => --last;

  it.each<[string, Omit<EvictionPolicy, 'name'>]>([
    ['stable, but rises at every look', { stable: true, score: rising }],
    ['stable, but falls at every look', { stable: true, score: falling }],
    [
      'fading, but its weight rises at every look',
      { fading: { weight: rising, since: () => 0 }, score: () => 1 },
    ],
    [
      'fading, but its age falls at every look',
      { fading: { weight: () => 1, since: rising }, score: () => 1 },
    ],
    [
      'fading, but its score rises at every look',
      { fading: { weight: falling, since: falling }, score: rising },
    ],
  ])('%s: somebody goes, and nothing hangs', async (_, policy) => {
    const { registry, evicted, run } = open({ name: 'fickle', ...policy });
    for (const name of ['a', 'b', 'c', 'next', 'a', 'b', 'c', 'next'] as const) await run(name);
    expect(evicted.length).toBeGreaterThan(0);
    expect(registry.snapshot().memory).toMatchObject({ usedBytes: 90, reservedBytes: 0 });
  });
});
