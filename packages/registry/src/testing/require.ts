import {
  type ConformanceOptions,
  conformanceSuite,
  type MakeDefinition,
  type TestRunner,
} from './conformance.js';

export * from './shared.js';

/**
 * The conformance suite for runners that load tests with `require`, which cannot load a module that awaits: it takes
 * the runner's globals, or `options.runner`.
 */
export function describeAdapter(
  name: string,
  makeDefinition: MakeDefinition,
  options?: ConformanceOptions,
): void {
  conformanceSuite(globalThis as unknown as TestRunner, name, makeDefinition, options);
}
