import { type ModelRegistry, WarmsetError } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { openRegistry } from './support/open.js';

type Call = (registry: ModelRegistry, signal: AbortSignal) => Promise<unknown>;

const calls: Record<string, Call> = {
  run: (registry) => registry.run('model', 1),
  'run, leaving at the next step': (registry, signal) => registry.run('model', 1, { signal }),
  load: (registry) => registry.load('model'),
  preload: (registry) => registry.preload(),
  evict: (registry) => registry.evict('model'),
  reload: (registry) => registry.reload('model'),
  'reload with freeFirst': (registry) => registry.reload('model', { freeFirst: true }),
  'register with replace': async (registry) => {
    registry.register('model', fakeModel({ bytes: 3, output: (input) => input }), { replace: true });
  },
  unregister: (registry) => registry.unregister('model'),
  close: (registry) => registry.close(),
};

const EXPECTED = ['ERR_MODEL_NOT_FOUND', 'ERR_MODEL_EXISTS', 'ERR_REGISTRY_CLOSED'];

/** What a call may be refused with here: nothing was run after its dispose, which would be ERR_RUN_FAILED. */
const isExpected = (reason: unknown) =>
  reason === 'left' || (reason instanceof WarmsetError && EXPECTED.includes(reason.code));

/** Makes the second call so many microtasks after the first, lets all come to its end, and looks at what is left. */
async function playOut(first: Call, second: Call, steps: number, warm: boolean): Promise<void> {
  const model = fakeModel({ bytes: 5 });
  const { registry, clock } = openRegistry({ model }, { load: { concurrency: 1 } });
  const open = registry as unknown as ModelRegistry;
  const warnings: unknown[] = [];
  registry.on('warning', (warning) => warnings.push(warning));
  if (warm) await registry.load('model');
  const leaving = new AbortController();
  const outcomes = [first(open, leaving.signal)];
  for (let step = 0; step < steps; step += 1) await Promise.resolve();
  leaving.abort('left');
  outcomes.push(second(open, new AbortController().signal), registry.run('model', 2));
  let settled: PromiseSettledResult<unknown>[] | undefined;
  void Promise.allSettled(outcomes).then((all) => {
    settled = all;
  });
  await clock.runAll();
  expect(settled, 'a call hangs').toBeDefined();
  for (const outcome of settled ?? []) {
    if (outcome.status === 'rejected') expect(isExpected(outcome.reason), String(outcome.reason)).toBe(true);
  }
  const { memory, models } = registry.snapshot();
  expect(memory.reservedBytes).toBe(0);
  expect(memory.usedBytes).toBe(models[0]?.memory.bytes ?? 0);
  await registry.close();
  expect(model.instances.filter(({ disposed }) => !disposed)).toEqual([]);
  expect(registry.snapshot().memory).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
  expect(clock.pendingTimers).toBe(0);
  expect(warnings, 'disposed of twice').toEqual([]);
}

describe('two calls, the second at any step of the first', () => {
  const pairs = Object.keys(calls).flatMap((first) => Object.keys(calls).map((second) => [first, second]));

  it.each(pairs)(
    '25: %s, then %s: each ends, and nothing is left behind',
    async (first = '', second = '') => {
      for (const warm of [false, true]) {
        for (let steps = 0; steps < 40; steps += 1) {
          try {
            await playOut(calls[first] as Call, calls[second] as Call, steps, warm);
          } catch (error) {
            throw new Error(`after ${steps} steps, ${warm ? 'warm' : 'cold'}`, { cause: error });
          }
        }
      }
    },
  );
});
