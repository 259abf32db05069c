import { type InputOf, type ModelOf, ModelRegistry, type OutputOf, type TensorMap } from '@warmset/registry';
import { describe, expectTypeOf, it } from 'vitest';
import { type RemoteModel, type RemoteModelOptions, remoteModel } from '../src/index.js';

describe('types', () => {
  const definition = remoteModel({ url: 'http://127.0.0.1:1', model: 'm' });

  it('a definition takes and gives tensors by name', () => {
    expectTypeOf<InputOf<typeof definition>>().toEqualTypeOf<TensorMap>();
    expectTypeOf<OutputOf<typeof definition>>().toEqualTypeOf<TensorMap>();
    expectTypeOf<ModelOf<typeof definition>>().toEqualTypeOf<RemoteModel>();
  });

  it('a registry knows the model by its name', () => {
    const registry = new ModelRegistry({ models: { heart: definition } });
    expectTypeOf(registry.run<'heart'>).returns.resolves.toEqualTypeOf<TensorMap>();
    // @ts-expect-error there is no such model
    expectTypeOf(() => registry.tryAcquire('hart')).toBeFunction();
  });

  it('options are a url or a socket, never both or neither, and a name', () => {
    expectTypeOf<{ url: string; model: string }>().toExtend<RemoteModelOptions>();
    expectTypeOf<{ url: URL; model: string; token: string }>().toExtend<RemoteModelOptions>();
    expectTypeOf<{ socketPath: string; model: string }>().toExtend<RemoteModelOptions>();
    expectTypeOf<{ url: string }>().not.toExtend<RemoteModelOptions>();
    expectTypeOf<{ model: string }>().not.toExtend<RemoteModelOptions>();
    expectTypeOf<{ url: string; socketPath: string; model: string }>().not.toExtend<RemoteModelOptions>();
  });
});
