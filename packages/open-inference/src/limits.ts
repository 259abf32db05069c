/** How much one message may ask for. Its bytes are the HTTP layer's to limit. */
export interface CodecLimits {
  /** Elements of one tensor. */
  readonly maxElements: number;
  /** Tensors of one message, requested outputs counted apart. */
  readonly maxTensors: number;
  /** Levels of nesting in the JSON. */
  readonly maxDepth: number;
}

/** 2^27 elements are 512 MiB of FP32; NumPy's arrays have at most 32 axes (64 since 2.0), and a tensor's data begins at level 4. */
export const DEFAULT_LIMITS: CodecLimits = { maxElements: 2 ** 27, maxTensors: 256, maxDepth: 40 };

export function withDefaults(limits: Partial<CodecLimits> | undefined): CodecLimits {
  return limits === undefined ? DEFAULT_LIMITS : { ...DEFAULT_LIMITS, ...limits };
}
