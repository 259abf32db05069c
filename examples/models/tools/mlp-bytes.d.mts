/** See mlp-bytes.mjs, which is JavaScript so that the benchmarks can import it. */
export function mlpBytes(sizes: readonly number[], seed?: number): Buffer;
export function xorshift(seed: number): () => number;
