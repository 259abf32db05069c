import type * as tf from '@tensorflow/tfjs';
import type { InputOf, ModelOf, OutputOf, TensorMap } from '@warmset/registry';
import { ModelRegistry } from '@warmset/registry';
import { expectTypeOf, it } from 'vitest';
import {
  type SavedModelOptions,
  savedModel,
  type TensorFlowNamespace,
  type TensorFlowNodeNamespace,
  type TfjsModelOptions,
  type TfModel,
  tfjsModel,
} from '../src/index.js';
import type { GraphModel, LayersModel } from '../src/tensorflow.js';

// Checked by `tsc`; what is here runs only so that the file is a test.
it('has the types that its users see', () => {
  const definition = tfjsModel({ path: 'model.json' });
  expectTypeOf<ModelOf<typeof definition>>().toEqualTypeOf<TfModel>();
  expectTypeOf<InputOf<typeof definition>>().toEqualTypeOf<TensorMap>();
  expectTypeOf<OutputOf<typeof definition>>().toEqualTypeOf<TensorMap>();
  expectTypeOf(savedModel({ path: 'a', tags: ['serve'] as const, signature: 's' })).toEqualTypeOf<
    typeof definition
  >();

  const registry = new ModelRegistry({ models: { m: definition } });
  expectTypeOf<Parameters<typeof registry.run<'m'>>[1]>().toEqualTypeOf<TensorMap>();
});

it('takes a TensorFlow.js namespace as it is', () => {
  expectTypeOf<typeof tf>().toExtend<TensorFlowNamespace>();
  expectTypeOf<typeof tf>().not.toExtend<TensorFlowNodeNamespace>();
  expectTypeOf<typeof import('@tensorflow/tfjs-node')>().toExtend<TensorFlowNodeNamespace>();
  expectTypeOf<{ path: string; runtime: typeof tf }>().toExtend<TfjsModelOptions>();
  expectTypeOf<{ handler: tf.io.IOHandler }>().toExtend<TfjsModelOptions>();
  expectTypeOf<{ path: URL; runtime: 'wasm' }>().toExtend<TfjsModelOptions>();
});

it('refuses what cannot be', () => {
  expectTypeOf<{ path: string; handler: tf.io.IOHandler }>().not.toExtend<TfjsModelOptions>();
  expectTypeOf<{ runtime: 'wasm' }>().not.toExtend<TfjsModelOptions>();
  expectTypeOf<{ path: string; runtime: 'gpu' }>().not.toExtend<TfjsModelOptions>();
  expectTypeOf<{ path: string; runtime: 'wasm' }>().not.toExtend<SavedModelOptions>();
  expectTypeOf<{ path: string; runtime: typeof tf }>().not.toExtend<SavedModelOptions>();
});

it('describes TensorFlow.js’s own classes truly', () => {
  expectTypeOf<tf.LayersModel>().toExtend<Pick<LayersModel, 'outputs' | 'dispose'>>();
  expectTypeOf<tf.GraphModel['inputNodes']>().toExtend<GraphModel['inputNodes']>();
  expectTypeOf<tf.GraphModel['weights']>().toExtend<GraphModel['weights']>();
  expectTypeOf<tf.Tensor>().toExtend<
    Pick<import('../src/tensorflow.js').TfTensor, 'dtype' | 'shape' | 'size' | 'isDisposed' | 'dispose'>
  >();
});
