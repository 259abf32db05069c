import { describe, expect, it } from 'vitest';
import { upperBoundBytes } from '../src/estimate.js';

const MIB = 2 ** 20;

describe('upperBoundBytes', () => {
  // MiB of weights, of the largest tensor, of all else; nodes; MiB held, as docs/adapters/onnx.md has them.
  it.each([
    ['an MLP', 135.6, 22.6, 0, 15, 248.6],
    ['an embedding', 133.5, 133.5, 0, 1, 133.6],
    ['4 LSTM', 253.5, 36, 0, 8, 255.1],
    ['12 convolutions', 99.1, 9, 0, 24, 306.3],
    ['2 convolutions, one of 24 MiB', 23.9, 23.8, 0, 4, 95.5],
    ['12 convolutions in float16', 99.1, 18, 0, 24, 256.9],
    ['1,000 trees', 0, 0, 16, 1, 206.1],
    ['200,000 labels', 0, 0, 3.3, 1, 46.6],
    ['10,000 small nodes', 0.02, 0, 0.3, 10_000, 38.3],
    ['tiny-bert', 0.08, 0.03, 1.45, 3836, 18.4],
    ['magika', 2.99, 2.5, 0.02, 95, 13.3],
    ['mnist', 0.02, 0.01, 0.005, 12, 0.3],
  ])('bounds what %s was measured to hold', (_what, weights, largest, graph, nodeCount, measured) => {
    const bound = upperBoundBytes({
      weightBytes: weights * MIB,
      largestWeightBytes: largest * MIB,
      graphBytes: graph * MIB,
      nodeCount,
    });
    expect(bound).toBeGreaterThanOrEqual(measured * MIB);
    // And not so far above it that a registry would refuse what fits.
    expect(bound).toBeLessThanOrEqual((4 * measured + 1) * MIB);
  });
});
