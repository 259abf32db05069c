import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type LoadContext, type ModelDefinition, ModelRegistry, type TensorMap } from '@warmset/registry';
import { FakeClock } from '@warmset/registry/testing';
import type { OnnxModel } from '../../src/index.js';

/** A committed model: see fixtures/make_fixtures.py. */
export function fixture(file: string): string {
  return fileURLToPath(new URL(`../fixtures/${file}`, import.meta.url));
}

/** Real models with reference outputs, beside the project's checkout; a clone of the project alone has none. */
export const SHARED_MODELS = fileURLToPath(new URL('../../../../../shared/models/onnx/', import.meta.url));
export const hasShared = existsSync(SHARED_MODELS);

type Definition = ModelDefinition<OnnxModel, TensorMap, TensorMap>;

/** A registry of one model, `m`, that is closed whatever happens. */
export async function withModel<T>(
  definition: Definition,
  use: (registry: ModelRegistry<{ m: Definition }>) => Promise<T>,
): Promise<T> {
  const registry = new ModelRegistry({
    models: { m: definition },
    memory: { budgetBytes: 2 ** 33 },
    load: { retries: 0 },
    // What the adapter does shows in this process: its errors as they are thrown, its memory, its open files.
    isolation: 'inline',
  });
  try {
    return await use(registry);
  } finally {
    await registry.close();
  }
}

export function runOnce(definition: Definition, inputs: TensorMap): Promise<TensorMap> {
  return withModel(definition, (registry) => registry.run('m', inputs));
}

/** What `ModelDefinition.load` is told, for tests that drive a definition without a registry. */
export function loadContext(signal: AbortSignal = new AbortController().signal): LoadContext {
  return { name: 'm', signal, clock: new FakeClock(), reportProgress: () => {} };
}

/** What a call was rejected with. */
export function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('expected a rejection');
    },
    (error: unknown) => error,
  );
}
