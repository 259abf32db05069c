/** What a user writes, for the compiler to agree with: types by the model's name, and errors where they belong. */
import { onnxModel } from '@warmset/adapters-onnx';
import { savedModel, tfjsModel } from '@warmset/adapters-tfjs';
import { defineModel, type ErrorCode, ModelRegistry, WarmsetError, withPipeline } from '@warmset/registry';
import { FakeClock, fakeMemoryProbe, fakeModel } from '@warmset/registry/testing';

const registry = new ModelRegistry({
  models: {
    heart: withPipeline(onnxModel({ path: 'heart.onnx' }), {
      encode: (patient: { age: number }) => ({
        x: { dtype: 'float32' as const, shape: [1, 1], data: Float32Array.of(patient.age) },
      }),
      decode: () => ({ risk: 0.5 }),
    }),
    lung: tfjsModel({ path: 'lung/model.json' }),
    saved: savedModel({ path: 'saved' }),
    client: defineModel({ load: async () => ({ ask: (question: string) => question.length }) }),
    fake: fakeModel({ output: 'same' }),
  },
  memory: { budgetBytes: 2 ** 28, probe: fakeMemoryProbe() },
  clock: new FakeClock(),
});

export const { risk }: { risk: number } = await registry.run('heart', { age: 63 });
export const length: number = await registry.use('client', (client) => client.ask('why'));
export const said: string = await registry.run('fake', null);

export async function codeOfARefusal(): Promise<ErrorCode | undefined> {
  try {
    using lease = await registry.acquire('client', { timeoutMs: 100 });
    lease.model.ask('how');
  } catch (error) {
    if (error instanceof WarmsetError) return error.code;
  }
  return undefined;
}

// @ts-expect-error the model's own input is an object with an age
await registry.run('heart', { age: 'sixty' });
// @ts-expect-error no model has this name
await registry.run('hart', { age: 63 });
// @ts-expect-error the client has no such method
await registry.use('client', (client) => client.tell());
