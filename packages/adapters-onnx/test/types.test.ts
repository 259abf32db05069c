import { type InputOf, type ModelOf, ModelRegistry, type OutputOf, type TensorMap } from '@warmset/registry';
import type { InferenceSession } from 'onnxruntime-node';
import * as ort from 'onnxruntime-node';
import { describe, expectTypeOf, it } from 'vitest';
import { type OnnxModel, type OnnxModelOptions, type OnnxRuntime, onnxModel } from '../src/index.js';

describe('types', () => {
  it('a definition takes and gives tensors by name', () => {
    const definition = onnxModel({ path: 'm.onnx' });
    expectTypeOf<InputOf<typeof definition>>().toEqualTypeOf<TensorMap>();
    expectTypeOf<OutputOf<typeof definition>>().toEqualTypeOf<TensorMap>();
    expectTypeOf<ModelOf<typeof definition>>().toEqualTypeOf<OnnxModel>();
  });

  it('a registry knows the model by its name', () => {
    const registry = new ModelRegistry({ models: { heart: onnxModel({ path: 'm.onnx' }) } });
    expectTypeOf(registry.run<'heart'>).returns.resolves.toEqualTypeOf<TensorMap>();
    expectTypeOf<OnnxModel['session']>().toEqualTypeOf<InferenceSession>();
    // @ts-expect-error there is no such model
    expectTypeOf(() => registry.tryAcquire('hart')).toBeFunction();
  });

  it('options are a path or bytes, never both or neither', () => {
    expectTypeOf<{ path: string }>().toExtend<OnnxModelOptions>();
    expectTypeOf<{ path: URL; pinned: true }>().toExtend<OnnxModelOptions>();
    expectTypeOf<{ bytes: Buffer }>().toExtend<OnnxModelOptions>();
    expectTypeOf<{ bytes: ArrayBuffer }>().toExtend<OnnxModelOptions>();
    expectTypeOf<{
      path: string;
      sessionOptions: InferenceSession.SessionOptions;
    }>().toExtend<OnnxModelOptions>();
    expectTypeOf<{ pinned: true }>().not.toExtend<OnnxModelOptions>();
    expectTypeOf<{ path: string; bytes: Uint8Array }>().not.toExtend<OnnxModelOptions>();
    expectTypeOf<{ path: number }>().not.toExtend<OnnxModelOptions>();
  });

  it('the installed runtime can be handed in', () => {
    expectTypeOf(ort).toExtend<OnnxRuntime>();
  });
});
