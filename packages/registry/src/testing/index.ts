import {
  type ConformanceOptions,
  conformanceSuite,
  type MakeDefinition,
  type TestRunner,
} from './conformance.js';

export * from './shared.js';

// Inside vitest its functions are taken from it; outside, or without it, the runner's globals are.
const vitest = await import('vitest')
  .then(({ describe, it }): TestRunner => ({ describe, it }))
  .catch(() => undefined);

/** The conformance suite: call it in a test file of an adapter. */
export function describeAdapter(
  name: string,
  makeDefinition: MakeDefinition,
  options?: ConformanceOptions,
): void {
  conformanceSuite(vitest ?? (globalThis as unknown as TestRunner), name, makeDefinition, options);
}
