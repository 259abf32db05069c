import { describe, expect, it } from 'vitest';
import { upperBoundBytes } from '../src/estimate.js';

const MIB = 2 ** 20;

describe('upperBoundBytes', () => {
  const facts = (
    weights: number,
    largestWeight: number,
    kernels: number,
    largestKernel: number,
    halves: number,
    graph: number,
    nodeCount: number,
  ) => ({
    weightBytes: weights * MIB,
    largestWeightBytes: largestWeight * MIB,
    kernelBytes: kernels * MIB,
    largestKernelBytes: largestKernel * MIB,
    halfBytes: halves * MIB,
    graphBytes: graph * MIB,
    nodeCount,
  });

  // MiB of weights, of convolutions in them, of the largest of these, of float16 in the file, of all else; nodes; MiB
  // that the process grew by at most while it was loaded and run, as docs/adapters/onnx.md has them.
  it.each([
    ['an MLP', 135.6, 0, 0, 0, 0, 15, 248.7],
    ['an MLP of one layer', 137.7, 0, 0, 0, 0, 4, 275.5],
    ['a small MLP', 12.07, 0, 0, 0, 0, 9, 24.4],
    ['an MLP in float16', 135.6, 0, 0, 67.8, 0, 15, 271.2],
    ['an embedding', 133.5, 0, 0, 0, 0, 1, 267.1],
    ['4 LSTM', 253.5, 0, 0, 0, 0, 8, 291],
    ['a transformer', 144, 0, 0, 0, 0.01, 156, 196.5],
    ['12 convolutions', 99.1, 99.1, 9, 0, 0, 24, 315.2],
    ['6 convolutions of 2.25 MiB', 11.3, 11.3, 2.25, 0, 0, 12, 38.7],
    ['2 convolutions, one of 24 MiB', 23.9, 23.9, 23.8, 0, 0, 4, 120.2],
    ['12 convolutions in float16', 99.1, 99.1, 18, 49.5, 0, 24, 356],
    ['1,000 trees', 0, 0, 0, 0, 16, 1, 212.1],
    ['200,000 labels', 0, 0, 0, 0, 3.3, 1, 46.7],
    ['10,000 small nodes', 0.02, 0, 0, 0, 0.3, 10_000, 38.9],
    ['tiny-bert', 0.08, 0, 0, 0, 1.45, 3836, 19.8],
    ['magika', 2.99, 2.5, 2.5, 0, 0.02, 95, 15.6],
    ['mnist', 0.02, 0.01, 0.01, 0, 0.005, 12, 1.16],
  ])(
    'bounds what %s was measured to take',
    (_what, weights, kernels, largest, halves, graph, nodeCount, measured) => {
      const bound = upperBoundBytes(facts(weights, 0, kernels, largest, halves, graph, nodeCount), false);
      expect(bound).toBeGreaterThanOrEqual(measured * MIB);
      // And not so far above it that a registry would refuse what fits.
      expect(bound).toBeLessThanOrEqual((2 * measured + 1) * MIB);
    },
  );

  // The same where what is freed goes back; the largest tensor that is not of a convolution comes second.
  it.each([
    ['an MLP', 135.6, 22.6, 0, 0, 0, 0, 16, 158.4],
    ['an MLP in float16', 135.6, 22.6, 0, 0, 67.8, 0, 16, 214.8],
    ['an embedding', 133.5, 133.5, 0, 0, 0, 0, 1, 267.0],
    ['4 LSTM', 253.5, 36, 0, 0, 0, 0, 8, 289.7],
    ['a transformer', 144, 4, 0, 0, 0, 0, 156, 149],
    ['12 convolutions', 99.1, 0, 99.1, 9, 0, 0, 24, 225.4],
    ['2 convolutions, one of 24 MiB', 23.9, 0, 23.9, 23.8, 0, 0, 4, 120.1],
    ['12 convolutions in float16', 99.1, 0, 99.1, 9, 49.5, 0, 24, 225.8],
    ['1,000 trees', 0, 0, 0, 0, 0, 16, 1, 208.6],
    ['200,000 labels', 0, 0, 0, 0, 0, 3.3, 1, 43.6],
    ['10,000 small nodes', 0, 0, 0, 0, 0, 0.3, 10_000, 36.4],
    ['tiny-bert', 0.1, 0, 0, 0, 0, 1.4, 3836, 18.8],
    ['magika', 3, 0.4, 2.5, 2.5, 0, 0.02, 95, 13.3],
  ])(
    'bounds what %s takes in a process host',
    (_what, weights, largest, kernels, kernel, halves, graph, nodes, measured) => {
      const bound = upperBoundBytes(facts(weights, largest, kernels, kernel, halves, graph, nodes), true);
      expect(bound).toBeGreaterThanOrEqual(measured * MIB);
      expect(bound).toBeLessThanOrEqual((2 * measured + 1) * MIB);
    },
  );
});
