import { type EvictionPolicy, type Lease, ModelRegistry } from '@warmset/registry';
import { FakeClock, fakeMemoryProbe, fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { costPolicy, lruPolicy } from '../src/eviction/policy.js';

const MODELS = 40;
const OPERATIONS = 10_000;
/** About a third of what all models take. */
const BUDGET = 500;

/** Numbers that look random and are the same in each run: Park and Miller's generator. */
function numbers(seed: number): (below: number) => number {
  let last = seed;
  return (below) => {
    last = (last * 48_271) % 2_147_483_647;
    return last % below;
  };
}

/** Does 10,000 things with a registry, and tells who was evicted, in which order and why. */
async function play(eviction: EvictionPolicy, seed: number, looks: boolean) {
  const clock = new FakeClock();
  const next = numbers(seed);
  const registry = new ModelRegistry({
    clock,
    eviction,
    memory: { budgetBytes: BUDGET, probe: fakeMemoryProbe(), waitTimeoutMs: 200 },
    load: { cooldownMs: 5, retries: 0 },
  });
  const evicted: string[] = [];
  let over = 0;
  const look = () => {
    const { usedBytes, reservedBytes, budgetBytes, deficits } = registry.snapshot().memory;
    const owed = deficits.some(({ repaidAt }) => repaidAt === undefined);
    if (usedBytes + reservedBytes > budgetBytes) over += owed ? 0 : 1;
    else if (owed) over += 1;
  };
  registry.on('evicted', ({ name, reason }) => evicted.push(`${name}, ${reason}`));
  registry.on('warning', () => {});
  for (let index = 0; index < MODELS; index += 1) {
    const bytes = 5 + ((index * 13) % 70);
    const model = fakeModel({
      bytes,
      loadMs: (index * 7) % 50,
      disposeMs: (index * 5) % 15,
      failures: index % 11 === 0 ? 1 : 0,
    });
    registry.register(`m${index}`, {
      ...model,
      // Every fourth load takes more than the model says and took the last time.
      measureBytes: () => (model.instances.length % 4 === 0 ? bytes + 20 : bytes - (index % 5)),
      ...(index === 3 && { pinned: true }),
      ...(index % 9 === 0 && { maxConcurrency: 1 }),
    });
  }
  const held: Lease[] = [];
  let done = false;
  const calls: Promise<unknown>[] = [];
  const start = (call: Promise<unknown>) => calls.push(call.catch(() => {}));
  /** A few of them are popular. */
  const name = () => `m${Math.floor(next(MODELS * MODELS) ** 0.5 / 1.0001)}`;
  for (let count = 0; count < OPERATIONS; count += 1) {
    const what = next(20);
    if (what < 9) start(registry.run(name(), 1, what === 0 ? { timeoutMs: next(60) } : undefined));
    else if (what < 11)
      start(registry.acquire(name()).then((lease) => (done ? lease.release() : held.push(lease))));
    else if (what < 14) held.splice(next(Math.max(1, held.length)), 1)[0]?.release();
    else if (what === 14) start(registry.evict(name(), { timeoutMs: next(20) }));
    else if (what === 15 && next(4) === 0) start(registry.preload([name(), name(), name()]));
    else if (what === 16 && next(4) === 0) start(registry.reload(name()));
    else await clock.advance(next(25));
    if (held.length > 4) held.shift()?.release();
    if (looks) look();
  }
  done = true;
  for (const lease of held) lease.release();
  const closing = registry.close();
  await clock.advance(400_000);
  await Promise.all([...calls, closing]);
  return { registry, clock, evicted, over };
}

/** The same policy, without saying that its scores change by uses only: then all residents are sorted each time. */
const sorted = ({ name, score }: EvictionPolicy): EvictionPolicy => ({ name: `${name}, sorted`, score });

describe('20: residents that are kept in their order', () => {
  it.each([lruPolicy, costPolicy].map((policy) => [policy.name, policy] as const))(
    'by %s, give up the same ones as a sort does, in 10,000 operations whose books balance',
    async (_name, policy) => {
      const kept = await play(policy, 11, true);
      const plain = await play(sorted(policy), 11, false);
      expect(kept.evicted).toEqual(plain.evicted);
      const under = (reason: string) => kept.evicted.filter((one) => one.endsWith(`, ${reason}`)).length;
      expect(under('pressure')).toBeGreaterThan(500);
      expect(under('deficit')).toBeGreaterThan(10);
      for (const { registry, clock, over } of [kept, plain]) {
        expect(over).toBe(0);
        const { usedBytes, reservedBytes, deficits } = registry.snapshot().memory;
        expect({ usedBytes, reservedBytes }).toEqual({ usedBytes: 0, reservedBytes: 0 });
        expect(deficits.length).toBeGreaterThan(0);
        expect(deficits.filter(({ repaidAt }) => repaidAt === undefined)).toEqual([]);
        expect(clock.pendingTimers).toBe(0);
      }
    },
    60_000,
  );
});
