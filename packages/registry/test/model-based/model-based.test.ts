import fc from 'fast-check';
import { expect, it } from 'vitest';
import { reaction, step } from './operations.js';
import { mostly, registryScript } from './scripts.js';
import { play, type Sequence } from './sequence.js';

const NUM_RUNS = Number(process.env.WARMSET_SEQUENCES ?? 10_000);
const SEED = process.env.WARMSET_SEED;

const sequence: fc.Arbitrary<Sequence> = fc.record({
  registry: registryScript,
  reactions: fc.array(reaction, { maxLength: 3 }),
  steps: fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
  releases: fc.constantFrom('before-close', 'after-close'),
  closeTimeoutMs: mostly<number | undefined>(undefined, 0, 100),
});

/** What must have come up for the sequences to mean anything: every reason to leave, every way for a load to fail. */
const EXPECTED = [
  ...['pressure', 'deficit', 'idle', 'request', 'reload', 'unregister', 'cancelled', 'close', 'swapped'],
  ...['ERR_LOAD_FAILED', 'ERR_LOAD_TIMEOUT', 'ERR_MODEL_TOO_LARGE', 'ERR_MEMORY_BUDGET'],
];

// A failure prints its seed, which replays it: WARMSET_SEED=… npx vitest run packages/registry/test/model-based
it(`keeps every invariant of docs/semantics.md through ${NUM_RUNS} random sequences of calls`, async () => {
  const seen = new Set<string>();
  let played = 0;
  await fc.assert(
    fc.asyncProperty(sequence, async (given) => {
      const outcome = await play(given);
      expect(outcome.violations).toEqual([]);
      for (const kind of outcome.seen) seen.add(kind);
      played += 1;
    }),
    { numRuns: NUM_RUNS, ...(SEED !== undefined && { seed: Number(SEED) }) },
  );
  expect(played).toBe(NUM_RUNS);
  expect([...seen]).toEqual(expect.arrayContaining(EXPECTED));
}, 600_000);
