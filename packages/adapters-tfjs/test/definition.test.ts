import { describe, expect, it } from 'vitest';
import { SHARED } from '../src/definition.js';
import type { TfModel } from '../src/tf-model.js';

const MB = 1e6;

const measured = (facts: Partial<TfModel>) => SHARED.measureBytes(facts as TfModel);

describe('measureBytes', () => {
  it('is the bytes of the weights on the CPU backend, where they are nearly all', () => {
    expect(measured({ backend: 'cpu', weightBytes: 21 * MB, weightCount: 10 })).toBe(21 * MB);
  });

  it.each([
    ['a small one on the CPU backend, whose objects count', 'cpu', 0.1 * MB, 10],
    ['one of many small weights', 'cpu', 21 * MB, 2_000],
    ['one on WASM, which packs its weights again', 'wasm', 21 * MB, 10],
    ['one on tfjs-node, whose allocator keeps what is freed', 'tensorflow', 21 * MB, 10],
  ])('of %s is only the least that it holds', (_which, backend, weightBytes, weightCount) => {
    expect(measured({ backend, weightBytes, weightCount })).toEqual({ atLeastBytes: weightBytes });
  });

  it('of a SavedModel is not known', () => {
    expect(measured({ backend: 'tensorflow' })).toBeUndefined();
  });
});
