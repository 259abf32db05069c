import {
  type ConformanceOptions,
  conformanceSuite,
  type MakeDefinition,
  type TestRunner,
} from './conformance.js';

export * from './shared.js';

// Inside vitest its functions are taken from it. Outside, where it may be installed all the same, the runner's globals are.
const vitest =
  process.env.VITEST === undefined
    ? undefined
    : await import('vitest')
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
