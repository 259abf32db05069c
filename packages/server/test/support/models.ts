import {
  defineModel,
  type ModelDefinition,
  ModelRegistry,
  type TensorMap,
  withPipeline,
} from '@warmset/registry';
import { checkInputs } from '@warmset/registry/adapter';
import { fakeModel } from '@warmset/registry/testing';
import { afterEach } from 'vitest';
import { z } from 'zod';
import { createHandler, type Logger, type ServerOptions } from '../../src/index.js';
import { type Client, conforming } from './conforming.js';

const closers: (() => Promise<void> | void)[] = [];

/** Closes what a test made, whatever became of it. */
export function closeAfter(close: () => Promise<void> | void): void {
  closers.push(close);
}

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const signature = {
  inputs: [{ name: 'x', dtype: 'float32', shape: [-1, 2] }],
  outputs: [
    { name: 'double', dtype: 'float32', shape: [-1, 2] },
    { name: 'x', dtype: 'float32', shape: [-1, 2] },
  ],
} as const;

/** Float32 [N, 2] → twice that, and itself. */
export function doubling(): ModelDefinition<object, TensorMap, TensorMap> {
  return defineModel<object, TensorMap, TensorMap>({
    load: () => ({}),
    describe: () => signature,
    describeRuntime: () => 'onnxruntime-node 1.30.0 (cpu)',
    estimateBytes: 1_000,
    measureBytes: () => 1_000,
    run(_model, inputs, { name }) {
      checkInputs(signature, inputs, name);
      const x = inputs.x as { dtype: 'float32'; shape: number[]; data: Float32Array };
      return { double: { ...x, data: x.data.map((value) => 2 * value) }, x };
    },
  });
}

/** Any tensors in, the same out. */
export const echo = () => fakeModel({ bytes: 500 });

/** `{ a, b }` → `{ sum }`, through tensors. */
export const adding = () =>
  withPipeline(doubling(), {
    schema: z.strictObject({ a: z.number(), b: z.number() }),
    encode: ({ a, b }): TensorMap => ({
      x: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(a, b) },
    }),
    decode: ({ x }) => ({ sum: Number(x?.data[0]) + Number(x?.data[1]) }),
  });

/** Does not load, and says where its file is. */
export const broken = () =>
  fakeModel({ failures: Number.POSITIVE_INFINITY, error: new Error('/work/secret/model.onnx is cut short') });

export const silent: Logger = { error: () => {}, warn: () => {}, info: () => {} };

export const ADMIN_TOKEN = 'a-token-for-the-tests';
export const asAdmin = { authorization: `Bearer ${ADMIN_TOKEN}` };

/** A handler of these models, and a client that checks every answer. */
export async function serving<Models extends Record<string, ModelDefinition>>(
  models: Models,
  options: ServerOptions = {},
  registryOptions: { load?: { concurrency?: number; cooldownMs?: number } } = {},
): Promise<{ registry: ModelRegistry<Models>; client: Client; handler: ReturnType<typeof createHandler> }> {
  const registry = new ModelRegistry({
    models,
    isolation: 'inline',
    memory: { budgetBytes: 1_000_000 },
    ...registryOptions,
  });
  const handler = createHandler(registry, { logger: silent, ...options });
  closeAfter(() => registry.close({ timeoutMs: 1_000 }));
  closeAfter(() => handler.close());
  return { registry, handler, client: await conforming(handler) };
}

/** A model whose load ends when the test says so. */
export function gated(): {
  definition: ModelDefinition<object, unknown, unknown>;
  open(): void;
  progress(fraction: number): void;
  readonly loads: number;
  readonly aborted: boolean;
} {
  let open = () => {};
  let report: (fraction: number) => void = () => {};
  let loads = 0;
  let aborted = false;
  let gate: Promise<void>;
  return {
    open: () => open(),
    progress: (fraction) => report(fraction),
    get loads() {
      return loads;
    },
    get aborted() {
      return aborted;
    },
    definition: {
      // Else it would be charged what this process happens to grow by.
      measureBytes: () => 1_000,
      async load({ signal, reportProgress }) {
        loads += 1;
        report = reportProgress;
        gate = new Promise<void>((resolve) => {
          open = resolve;
        });
        signal.addEventListener('abort', () => {
          aborted = true;
          open();
        });
        await gate;
        return {};
      },
      run: (_model, input) => input,
    },
  };
}

export const tensorBody = (data: readonly number[] = [1, 2], more: object = {}) => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [data.length / 2, 2], data }],
  ...more,
});

/** Waits until something holds. How long that takes is nothing that a test should say; its own limit says when to give up. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 1));
}
