export type { ConformanceOptions, MakeDefinition, TestRunner } from './conformance.js';
export { FakeClock } from './fake-clock.js';
export { type FakeMemoryProbe, fakeMemoryProbe } from './fake-memory-probe.js';
export { type FakeInstance, type FakeModel, type FakeModelOptions, fakeModel } from './fake-model.js';
export { zerosFor } from './sample-input.js';
