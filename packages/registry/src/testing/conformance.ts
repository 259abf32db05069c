import assert from 'node:assert/strict';
import type { ModelDefinition } from '../definition.js';
import { WarmsetError } from '../errors.js';
import type { IsolationKind } from '../isolation/host.js';
import { ModelRegistry } from '../registry.js';
import { zerosFor } from './sample-input.js';

/** The two functions that a test runner offers. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

export interface ConformanceOptions {
  /** What to run the model on. Default: zeros of the signature's shapes, 1 in the free dimensions. */
  input?: unknown;
  /** Where the model is loaded. Default: a process, where the definition is portable. */
  isolation?: IsolationKind;
  /** The runner's functions, where they are neither vitest's nor globals. */
  runner?: TestRunner;
}

/** A definition, or a promise of one; called anew for each test. */
export type MakeDefinition = () => ModelDefinition | Promise<ModelDefinition>;

/** Checks what a registry relies on in an adapter: each of these is a test, on the real runtime. */
export function conformanceSuite(
  runner: TestRunner,
  name: string,
  makeDefinition: MakeDefinition,
  options: ConformanceOptions = {},
): void {
  const { describe, it } = options.runner ?? runner;
  /** A registry of one model, closed whatever the test does. */
  const withModel = async (body: (registry: ModelRegistry, definition: ModelDefinition) => Promise<void>) => {
    const definition = await makeDefinition();
    const registry = new ModelRegistry({
      models: { subject: definition },
      memory: { budgetBytes: Number.MAX_SAFE_INTEGER },
      ...(options.isolation !== undefined && { isolation: options.isolation }),
    });
    const warnings: unknown[] = [];
    registry.on('warning', ({ message, cause }) => warnings.push({ message, cause }));
    try {
      await body(registry, definition);
    } finally {
      await registry.close();
    }
    // What no caller is told of, such as a dispose that fails.
    assert.deepEqual(warnings, []);
  };
  const inputFor = async (registry: ModelRegistry) => {
    if ('input' in options) return options.input;
    const { signature } = await registry.load('subject');
    assert.ok(signature, 'without describe() the suite needs an input');
    return zerosFor(signature);
  };

  describe(`${name} keeps the adapter contract`, () => {
    it('loads once for many first uses', () =>
      withModel(async (registry) => {
        const models = await Promise.all(
          Array.from({ length: 20 }, () => registry.use('subject', (model) => model)),
        );
        assert.equal(new Set(models).size, 1);
        assert.equal(registry.status('subject').loads, 1);
      }));

    it('gives the same output for the same input, also after it was evicted and loaded again', () =>
      withModel(async (registry) => {
        const input = await inputFor(registry);
        const first = await registry.run('subject', input);
        assert.deepEqual(await registry.run('subject', input), first);
        assert.equal((await registry.evict('subject')).evicted, true);
        assert.equal(registry.status('subject').state, 'idle');
        assert.deepEqual(await registry.run('subject', input), first);
      }));

    it('serves concurrent runs', () =>
      withModel(async (registry) => {
        const input = await inputFor(registry);
        const outputs = await Promise.all(Array.from({ length: 10 }, () => registry.run('subject', input)));
        for (const output of outputs) assert.deepEqual(output, outputs[0]);
      }));

    it('states an upper bound of its bytes, where it states one', () =>
      withModel(async (registry, { estimateBytes }) => {
        const estimate = typeof estimateBytes === 'function' ? await estimateBytes() : estimateBytes;
        const { memory } = await registry.load('subject');
        if (estimate !== undefined)
          assert.ok(memory.bytes <= estimate, `${memory.bytes} measured, ${estimate} estimated`);
      }));

    it('survives reload, and ten loads and evictions', () =>
      withModel(async (registry) => {
        await registry.load('subject');
        await registry.reload('subject');
        for (let cycle = 0; cycle < 10; cycle += 1) {
          await registry.evict('subject');
          await registry.load('subject');
        }
        assert.equal(registry.snapshot().models[0]?.state, 'ready');
      }));

    it('refuses an input that does not match its signature, and stays usable', () =>
      withModel(async (registry, definition) => {
        if (definition.describe === undefined) return;
        const input = await inputFor(registry);
        await assert.rejects(
          registry.run('subject', { 'no such input': 1 }),
          (error) => error instanceof WarmsetError && error.code === 'ERR_INPUT_INVALID',
        );
        await registry.run('subject', input);
      }));

    it('gives a caller that leaves during the load its reason, and loads for the next one', () =>
      withModel(async (registry) => {
        const leaving = new AbortController();
        const left = registry.load('subject', { signal: leaving.signal });
        leaving.abort(new Error('left'));
        await assert.rejects(left, /left/);
        assert.equal((await registry.load('subject')).state, 'ready');
      }));

    it('is described in plain JSON', () =>
      withModel(async (registry) => {
        const status = await registry.load('subject');
        assert.deepEqual(JSON.parse(JSON.stringify(status)), status);
        for (const spec of [...(status.signature?.inputs ?? []), ...(status.signature?.outputs ?? [])]) {
          assert.ok(spec.shape.every((size) => Number.isInteger(size) && size >= -1));
        }
      }));

    it('has options that another thread could be given, where it says it is portable', () =>
      withModel(async (_registry, { portable }) => {
        if (portable !== undefined) assert.deepEqual(structuredClone(portable.options), portable.options);
      }));
  });
}
