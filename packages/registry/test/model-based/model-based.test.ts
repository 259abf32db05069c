import fc from 'fast-check';
import { expect, it } from 'vitest';
import { reaction, step } from './operations.js';
import { mostly, registryScript } from './scripts.js';
import { play, type Sequence } from './sequence.js';

const NUM_RUNS = Number(process.env.WARMSET_SEQUENCES ?? 3_000);
const SEED = process.env.WARMSET_SEED;

const sequence: fc.Arbitrary<Sequence> = fc.record({
  registry: registryScript,
  reactions: fc.array(reaction, { maxLength: 3 }),
  steps: fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
  releases: fc.constantFrom('before-close', 'after-close'),
  closeTimeoutMs: mostly<number | undefined>(undefined, 0, 100),
});

// What a failure prints replays it: WARMSET_SEED=<seed> npx vitest run packages/registry/test/model-based
it(`keeps every invariant of semantics.md through ${NUM_RUNS} random sequences of calls`, async () => {
  let played = 0;
  await fc.assert(
    fc.asyncProperty(sequence, async (given) => {
      played += 1;
      expect(await play(given)).toEqual([]);
    }),
    { numRuns: NUM_RUNS, ...(SEED !== undefined && { seed: Number(SEED) }) },
  );
  expect(played).toBe(NUM_RUNS);
}, 600_000);
