import { describeValue, type ModelSignature, type TensorSpec } from '@warmset/registry/adapter';
import { DATATYPES, datatypeOf, dtypeOf, isDatatype } from './datatypes.js';
import { invalid } from './invalid.js';
import { isObject } from './json-body.js';
import { DEFAULT_LIMITS } from './limits.js';
import type { MetadataTensor } from './messages.js';
import { namedItems } from './read-tensors.js';

/** A signature's inputs or outputs as `GET /v2/models/{name}` shows them. */
export function metadataTensors(specs: readonly TensorSpec[]): MetadataTensor[] {
  return specs.map(({ name, dtype, shape }) => ({ name, datatype: datatypeOf(dtype), shape }));
}

/**
 * The signature in a server's metadata of a model.
 *
 * @param metadata the JSON of `GET /v2/models/{name}`
 * @throws WarmsetError `ERR_INPUT_INVALID` that names the tensor
 */
export function signatureOf(metadata: unknown): ModelSignature {
  if (!isObject(metadata)) throw invalid('Metadata', 'a JSON object', metadata);
  return { inputs: specsOf('inputs', metadata.inputs), outputs: specsOf('outputs', metadata.outputs) };
}

function specsOf(field: 'inputs' | 'outputs', list: unknown): TensorSpec[] {
  return namedItems(field, list, DEFAULT_LIMITS).map(({ name, datatype, shape }) => {
    const where = `${field === 'inputs' ? 'Input' : 'Output'} ${describeValue(name)}`;
    if (!isDatatype(datatype)) throw invalid(where, `a datatype (${DATATYPES.join(', ')})`, datatype);
    if (!Array.isArray(shape)) throw invalid(where, 'a shape, as an array of sizes', shape);
    for (const [axis, size] of shape.entries()) {
      if (Number.isSafeInteger(size) && size >= -1) continue;
      throw invalid(`${where}, shape, axis ${axis}`, 'a whole number ≥ −1', size);
    }
    return { name, dtype: dtypeOf(datatype), shape };
  });
}
