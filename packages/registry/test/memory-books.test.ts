import { ModelRegistry, type RegistrySnapshot } from '@warmset/registry';
import { FakeClock, fakeMemoryProbe, fakeModel } from '@warmset/registry/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Estimates and what the models then take; some are larger than they said. */
const SIZES: [number, number][] = [
  [10, 10],
  [25, 20],
  [40, 55],
  [60, 60],
  [80, 110],
  [0, 15],
];

const model = (size: number, at: number) => {
  const [bytes, measuredBytes] = SIZES[size % SIZES.length] ?? [0, 0];
  return fakeModel({
    bytes,
    measuredBytes,
    loadMs: (at * 7) % 20,
    disposeMs: (at * 5) % 15,
    failures: at % 5 === 0 ? 1 : 0,
  });
};

const operation = fc.record({
  what: fc.constantFrom(
    'run',
    'run',
    'run',
    'hold',
    'evict',
    'reload',
    'replace',
    'unregister',
    'grow',
    'limit',
    'wait',
  ),
  name: fc.constantFrom(...NAMES),
  size: fc.nat({ max: 200 }),
});

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** What must hold of the books at any moment, also in the midst of an event. */
function check({ memory, models }: RegistrySnapshot): void {
  const { usedBytes, reservedBytes, modelBytes, hostBytes, unregisteredBytes, budgetBytes, deficits } =
    memory;
  expect(usedBytes).toBe(modelBytes + hostBytes + unregisteredBytes);
  const ofModels = models.reduce((sum, { memory: { bytes, hostBytes: own = 0 } }) => sum + bytes + own, 0);
  expect(modelBytes).toBe(ofModels);
  // Above the budget there is a deficit on the list, and only there.
  const isOpen = deficits.some(({ repaidAt }) => repaidAt === undefined);
  expect(isOpen).toBe(usedBytes + reservedBytes > budgetBytes);
}

async function play(operations: readonly Operation[]): Promise<void> {
  const clock = new FakeClock();
  const probe = fakeMemoryProbe({ limit: 250, rss: 20 });
  const registry = new ModelRegistry({
    clock,
    memory: { budgetBytes: '60%', probe, waitTimeoutMs: 300 },
    load: { cooldownMs: 10, concurrency: 3 },
  });
  const broken: unknown[] = [];
  const look = () => {
    try {
      check(registry.snapshot());
    } catch (error) {
      // What a listener throws stops nothing.
      broken.push(error);
    }
  };
  for (const event of ['state', 'ready', 'failed', 'evicted', 'swapped'] as const) registry.on(event, look);
  registry.on('warning', () => {});
  for (const [index, name] of NAMES.entries()) registry.register(name, model(index, index));
  const calls: Promise<unknown>[] = [];
  const start = (call: () => Promise<unknown>) => calls.push(call().catch(() => {}));
  for (const { what, name, size } of operations) {
    if (what === 'run') start(async () => registry.run(name, 1));
    else if (what === 'hold')
      start(async () => {
        const lease = await registry.acquire(name);
        clock.setTimeout(() => lease.release(), size);
      });
    else if (what === 'evict') start(async () => registry.evict(name, { timeoutMs: size }));
    else if (what === 'reload') start(async () => registry.reload(name, { freeFirst: size % 2 === 0 }));
    else if (what === 'replace')
      start(async () => registry.register(name, model(size, size), { replace: true }));
    else if (what === 'unregister')
      start(async () => {
        await registry.unregister(name, { timeoutMs: 50 });
        registry.register(name, model(size, size));
      });
    else if (what === 'grow') probe.rss = size;
    else if (what === 'limit') probe.limit = 150 + size;
    else await clock.advance(size);
    look();
    if (broken.length > 0) throw broken[0];
  }
  const closing = registry.close();
  await clock.advance(400_000);
  await Promise.all([...calls, closing]);
  const { memory } = registry.snapshot();
  expect(memory).toMatchObject({ usedBytes: 0, reservedBytes: 0, modelBytes: 0, hostBytes: 0 });
  expect(memory.deficits.filter(({ repaidAt }) => repaidAt === undefined)).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
}

describe('the books', () => {
  it('9: add up at every moment, keep to the budget but for deficits that are listed and repaid, and end at nothing', async () => {
    const plays = fc.array(operation, { minLength: 100, maxLength: 100 });
    await fc.assert(fc.asyncProperty(plays, play), { numRuns: 100 });
  }, 60_000);
});
