import { DATATYPES } from '@warmset/open-inference';
import {
  amount,
  anyObject,
  count,
  flag,
  list,
  mapOf,
  object,
  oneOf,
  ref,
  type Schema,
  text,
} from './parts.js';

const shape: Schema = list({ type: 'integer', minimum: -1 });
const datatype = oneOf(...DATATYPES);
const tensor = { name: text, datatype, shape };
const duration = object({ count, ns: count });

/** What the protocol's calls take and give. */
export const v2Schemas: Readonly<Record<string, Schema>> = {
  Error: object({ error: text }),
  Live: object({ live: flag }),
  Ready: object({ ready: flag }),
  ServerMetadata: object({ name: text, version: text, extensions: list(text) }),
  TensorMetadata: object(tensor),
  ModelMetadata: object({
    name: text,
    versions: list(text),
    platform: text,
    inputs: list(ref('TensorMetadata')),
    outputs: list(ref('TensorMetadata')),
    properties: mapOf(text),
  }),
  ModelReady: object({ name: text, ready: flag }),
  Parameters: anyObject,
  Tensor: object({ ...tensor, 'parameters?': ref('Parameters'), 'data?': list({}) }),
  InferRequest: object(
    {
      'id?': text,
      'parameters?': ref('Parameters'),
      inputs: list(ref('Tensor')),
      'outputs?': list(object({ name: text, 'parameters?': ref('Parameters') })),
    },
    true,
  ),
  InferResponse: object({
    model_name: text,
    'model_version?': text,
    'id?': text,
    'parameters?': ref('Parameters'),
    outputs: list(ref('Tensor')),
  }),
  RepositoryIndex: list(
    object({
      name: text,
      'version?': text,
      state: oneOf('UNKNOWN', 'READY', 'UNAVAILABLE', 'LOADING', 'UNLOADING'),
      reason: text,
    }),
  ),
  Statistics: object({
    model_stats: list(
      object({
        name: text,
        version: text,
        last_inference: amount,
        inference_count: count,
        execution_count: count,
        inference_stats: object({
          success: duration,
          fail: duration,
          queue: duration,
          compute_input: duration,
          compute_infer: duration,
          compute_output: duration,
        }),
        memory_usage: list(object({ type: text, id: count, byte_size: count })),
      }),
    ),
  }),
};
