import fc from 'fast-check';

/** What one load of a fake does, and what becomes of the copy that it makes. Times in milliseconds. */
export interface LoadScript {
  readonly outcome: 'ok' | 'fails' | 'fails-for-good' | 'null' | 'warmup-fails' | 'hangs';
  readonly loadMs: number;
  /** Whether the loader ends when its signal says so. */
  readonly heedsAbort: boolean;
  readonly warmupMs: number;
  /** What the runtime says the copy takes; `undefined` where it does not know. */
  readonly measuredBytes: number | undefined;
  readonly dispose: 'ok' | 'throws' | 'hangs';
  readonly disposeMs: number;
  readonly reportsProgress: boolean;
}

export interface ModelScript {
  readonly estimate: 'number' | 'function' | 'slow' | 'throws' | 'hangs' | 'none';
  readonly estimatedBytes: number;
  /** One per load, then from the beginning. */
  readonly loads: readonly LoadScript[];
  readonly pinned: boolean;
  readonly idleTimeoutMs: number | undefined;
  readonly maxConcurrency: number | undefined;
  readonly maxQueue: number | undefined;
  readonly loadTimeoutMs: number | undefined;
}

export interface RegistryScript {
  readonly budgetBytes: number;
  readonly waitTimeoutMs: number;
  readonly concurrency: number;
  readonly loadTimeoutMs: number;
  readonly stallTimeoutMs: number | undefined;
  readonly retries: number;
  readonly cooldownMs: number;
  readonly eviction: 'cost' | 'lru' | 'lfu' | 'throws' | 'nan';
  readonly idleTimeoutMs: number | undefined;
  /** Registered before the first step, by the names `a`, `b`, `c`. */
  readonly models: readonly ModelScript[];
}

export const NAMES = ['a', 'b', 'c', 'd'] as const;

/** `common` most of the time, else one of `rare`. */
export function mostly<T>(common: T, ...rare: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.constant(common), weight: 3 * rare.length + 1 },
    ...rare.map((value) => ({ arbitrary: fc.constant(value), weight: 1 })),
  );
}

const bytes = fc.constantFrom(0, 10, 20, 30, 40, 50, 60, 90, 130);

const loadScript: fc.Arbitrary<LoadScript> = fc.record({
  outcome: mostly<LoadScript['outcome']>('ok', 'fails', 'fails-for-good', 'null', 'warmup-fails', 'hangs'),
  loadMs: fc.constantFrom(0, 5, 50, 200, 3_000),
  heedsAbort: fc.boolean(),
  warmupMs: mostly(0, 10),
  measuredBytes: fc.oneof(fc.constant(undefined), bytes),
  dispose: mostly<LoadScript['dispose']>('ok', 'throws', 'hangs'),
  disposeMs: mostly(0, 5, 100, 40_000),
  reportsProgress: fc.boolean(),
});

export const modelScript: fc.Arbitrary<ModelScript> = fc.record({
  estimate: mostly<ModelScript['estimate']>('number', 'function', 'slow', 'throws', 'hangs', 'none'),
  estimatedBytes: bytes,
  loads: fc.array(loadScript, { minLength: 1, maxLength: 3 }),
  pinned: mostly(false, true),
  idleTimeoutMs: mostly<number | undefined>(undefined, 0, 20, 300),
  maxConcurrency: mostly<number | undefined>(undefined, 1, 2),
  maxQueue: mostly<number | undefined>(undefined, 0, 1, 2),
  loadTimeoutMs: mostly<number | undefined>(undefined, 60),
});

export const registryScript: fc.Arbitrary<RegistryScript> = fc.record({
  budgetBytes: fc.constantFrom(60, 100, 100, 150),
  waitTimeoutMs: fc.constantFrom(100, 600),
  concurrency: fc.constantFrom(1, 2, 3),
  loadTimeoutMs: fc.constantFrom(1_000, 5_000),
  stallTimeoutMs: mostly<number | undefined>(undefined, 150),
  retries: mostly(0, 2),
  cooldownMs: fc.constantFrom(0, 100),
  eviction: mostly<RegistryScript['eviction']>('cost', 'lru', 'lfu', 'throws', 'nan'),
  idleTimeoutMs: mostly<number | undefined>(undefined, 250),
  models: fc.array(modelScript, { minLength: 3, maxLength: 3 }),
});
