import type { Tensor } from '@warmset/registry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DATATYPES,
  dtypeOf,
  formatInferRequest,
  formatInferResponse,
  parseHeaderLength,
  parseInferRequest,
  parseInferResponse,
} from '../src/index.js';
import { anyTensor, asJsonCarries, bitsOf, bytesOf } from './support/tensors.js';

type Place = readonly [offset: number, isBuffer: boolean];

/** Through the body, and through the header as text. */
function requested(tensor: Tensor, name: string, binary: boolean, place: Place): Tensor | undefined {
  const { body, headers } = formatInferRequest({ binary }, { [name]: tensor, tail: tensor });
  const headerLength = parseHeaderLength(headers['inference-header-content-length']);
  const { inputs } = parseInferRequest(bytesOf(body, ...place), headerLength);
  expect(Object.keys(inputs)).toEqual([name, 'tail']);
  expect(inputs.tail).toEqual(inputs[name]);
  return inputs[name];
}

function answered(tensor: Tensor, binary: boolean, place: Place): Tensor | undefined {
  const { body, headerLength } = formatInferResponse({ modelName: 'm' }, { y: tensor }, () => binary);
  return parseInferResponse(bytesOf(body, ...place), headerLength).outputs.y;
}

const anyName = fc
  .string({ minLength: 1, unit: 'binary' })
  .filter((name) => name !== 'tail' && !/^\d+$/.test(name));

const anyPlace = fc.tuple(fc.nat({ max: 7 }), fc.boolean());

describe('as bytes, wherever the body lies in memory', () => {
  it.each(DATATYPES)('%s round-trips', (datatype) => {
    const dtype = dtypeOf(datatype);
    fc.assert(
      fc.property(anyTensor(dtype), anyName, anyPlace, (tensor, name, place) => {
        for (const got of [requested(tensor, name, true, place), answered(tensor, true, place)]) {
          expect(got).toMatchObject({ dtype, shape: tensor.shape });
          expect(bitsOf(got as Tensor)).toEqual(bitsOf(tensor));
          expect(got?.data.constructor).toBe(tensor.data.constructor);
        }
      }),
    );
  });
});

describe('in JSON', () => {
  it.each(DATATYPES.filter((datatype) => datatype !== 'FP16'))('%s round-trips', (datatype) => {
    fc.assert(
      fc.property(anyTensor(dtypeOf(datatype)), anyName, (tensor, name) => {
        const carried = asJsonCarries(tensor);
        expect(requested(tensor, name, false, [0, false])).toEqual(carried);
        expect(answered(tensor, false, [0, false])).toEqual(carried);
      }),
    );
  });
});
