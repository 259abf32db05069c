import fc from 'fast-check';
import { type ModelScript, modelScript, mostly, type NAMES } from './scripts.js';

/** What a caller says about its own wait; `aborts` makes a signal that a later operation may abort. */
export interface CallScript {
  readonly aborts: boolean;
  readonly timeoutMs: number | undefined;
  readonly priority: 'live' | 'background' | undefined;
  readonly keepAliveMs: number | undefined;
}

type Name = (typeof NAMES)[number];

export type Operation =
  | { op: 'run'; name: Name; call: CallScript; ms: number; fails: boolean }
  | { op: 'use'; name: Name; call: CallScript; ms: number; ending: 'returns' | 'throws' | 'releases-early' }
  | { op: 'acquire'; name: Name; call: CallScript }
  | { op: 'tryAcquire'; name: Name }
  | { op: 'release'; pick: number; twice: boolean }
  | { op: 'load'; name: Name; call: CallScript }
  | { op: 'preload'; names: Name[] | undefined; concurrency: number | undefined }
  | { op: 'evict'; name: Name; timeoutMs: number | undefined; force: boolean }
  | { op: 'evictAll'; timeoutMs: number | undefined; force: boolean }
  | { op: 'reload'; name: Name; freeFirst: boolean }
  | { op: 'register'; name: Name; script: ModelScript; replace: boolean }
  | { op: 'unregister'; name: Name; timeoutMs: number | undefined }
  | { op: 'abort'; pick: number }
  | { op: 'advance'; ms: number }
  | { op: 'look' }
  | { op: 'close'; timeoutMs: number | undefined };

/** An operation, and what is left to run its course before the next one: a few microtasks, or all there are. */
export interface Step {
  readonly operation: Operation;
  readonly pause: number | 'settle';
}

/** An operation made by a listener, in the midst of whatever changed the state. */
export interface Reaction {
  readonly name: Name;
  readonly to: 'queued' | 'loading' | 'ready' | 'draining' | 'idle' | 'failed';
  readonly operation: Operation;
}

const name = fc.oneof(
  { arbitrary: fc.constantFrom('a', 'b', 'c'), weight: 12 },
  { arbitrary: fc.constant('d'), weight: 1 },
) as fc.Arbitrary<Name>;

const call: fc.Arbitrary<CallScript> = fc.record({
  aborts: mostly(false, true),
  timeoutMs: mostly<number | undefined>(undefined, 0, 20, 400),
  priority: mostly<'live' | 'background' | undefined>(undefined, 'live', 'background'),
  keepAliveMs: mostly<number | undefined>(undefined, 0, 40, Number.POSITIVE_INFINITY),
});

const limit = mostly<number | undefined>(undefined, 0, 50, 2_000);
const pick = fc.nat({ max: 5 });
const holdMs = fc.constantFrom(0, 0, 5, 60, 700, 40_000);

const run = fc.record({
  op: fc.constant('run' as const),
  name,
  call,
  ms: holdMs,
  fails: mostly(false, true),
});
const abort = fc.record({ op: fc.constant('abort' as const), pick });
const release = fc.record({ op: fc.constant('release' as const), pick, twice: mostly(false, true) });
const close = fc.record({ op: fc.constant('close' as const), timeoutMs: limit });

/** Those that make sense inside a listener: time does not pass there. */
const immediate: readonly { weight: number; arbitrary: fc.Arbitrary<Operation> }[] = [
  { weight: 8, arbitrary: run },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('use' as const),
      name,
      call,
      ms: holdMs,
      ending: mostly<'returns' | 'throws' | 'releases-early'>('returns', 'throws', 'releases-early'),
    }),
  },
  { weight: 6, arbitrary: fc.record({ op: fc.constant('acquire' as const), name, call }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('tryAcquire' as const), name }) },
  { weight: 8, arbitrary: release },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('load' as const), name, call }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('preload' as const),
      names: fc.option(fc.array(name, { maxLength: 4 }), { nil: undefined }),
      concurrency: mostly<number | undefined>(undefined, 1, 2),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('evict' as const),
      name,
      timeoutMs: limit,
      force: mostly(false, true),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('evictAll' as const),
      timeoutMs: limit,
      force: mostly(false, true),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant('reload' as const), name, freeFirst: mostly(false, true) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('register' as const),
      name,
      script: modelScript,
      replace: mostly(true, false),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('unregister' as const), name, timeoutMs: limit }) },
  { weight: 5, arbitrary: abort },
  { weight: 1, arbitrary: fc.constant<Operation>({ op: 'look' }) },
];

const operation: fc.Arbitrary<Operation> = fc.oneof(
  ...immediate,
  {
    weight: 16,
    arbitrary: fc.record({
      op: fc.constant('advance' as const),
      ms: fc.constantFrom(0, 1, 5, 5, 20, 50, 100, 300, 1_000, 31_000, 250_000),
    }),
  },
  { weight: 1, arbitrary: close },
);

export const step: fc.Arbitrary<Step> = fc.record({
  operation,
  pause: fc.oneof(
    { arbitrary: fc.constant('settle' as const), weight: 3 },
    { arbitrary: fc.nat({ max: 12 }), weight: 2 },
  ),
});

export const reaction: fc.Arbitrary<Reaction> = fc.record({
  name,
  to: fc.constantFrom('queued', 'loading', 'ready', 'draining', 'idle', 'failed'),
  operation: fc.oneof(...immediate, { weight: 1, arbitrary: close }),
});
