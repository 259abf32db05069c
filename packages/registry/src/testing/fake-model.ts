import type { LoadContext, ModelDefinition } from '../definition.js';
import { sleep } from '../limits.js';

export interface FakeModelOptions<Output = unknown> {
  /** How long a load takes on the registry's clock. Default 0. */
  loadMs?: number;
  /** What the model says it needs, before and after loading. Default 0. */
  bytes?: number;
  /** What it really turns out to take, where that differs from `bytes`. */
  measuredBytes?: number;
  /** How many loads fail before one succeeds. */
  failures?: number;
  /** What a failing load throws. */
  error?: unknown;
  /** What `run` gives, or a function of its input. Default: the input. */
  output?: Output | ((input: unknown) => Output | Promise<Output>);
  /** How long a dispose takes on the registry's clock. Default 0. */
  disposeMs?: number;
  /** A loader that goes on after its signal aborted. */
  ignoresAbort?: boolean;
}

/** One load of a fake model. */
export interface FakeInstance {
  readonly id: number;
  disposed: boolean;
}

/** A definition that keeps the instances it made, for a test to look at. */
export interface FakeModel<Output = unknown> extends ModelDefinition<FakeInstance, unknown, Output> {
  /** Every instance that was loaded, in order. */
  readonly instances: readonly FakeInstance[];
  /** Loads that were started, failed ones included. */
  readonly loadsStarted: number;
}

/** A model without a runtime: it loads, fails, runs and goes as it is told. Running a disposed instance throws. */
export function fakeModel<Output = unknown>(options: FakeModelOptions<Output> = {}): FakeModel<Output> {
  const { loadMs = 0, bytes = 0, failures = 0, disposeMs = 0, ignoresAbort = false } = options;
  const instances: FakeInstance[] = [];
  let loadsStarted = 0;
  let clock: LoadContext['clock'] | undefined;
  const never = new AbortController().signal;
  return {
    instances,
    get loadsStarted() {
      return loadsStarted;
    },
    estimateBytes: bytes,
    measureBytes: () => options.measuredBytes ?? bytes,
    async load(context) {
      clock = context.clock;
      loadsStarted += 1;
      const fails = loadsStarted <= failures;
      if (loadMs > 0) await sleep(context.clock, loadMs, ignoresAbort ? never : context.signal);
      if (fails) throw options.error ?? new Error(`fake failure ${loadsStarted}`);
      const instance = { id: instances.length + 1, disposed: false };
      instances.push(instance);
      return instance;
    },
    async run(instance, input) {
      if (instance.disposed) throw new Error(`instance ${instance.id} was run after its dispose`);
      const { output } = options;
      const given =
        typeof output === 'function'
          ? (output as (input: unknown) => Output | Promise<Output>)(input)
          : output;
      return (given === undefined ? input : await given) as Output;
    },
    async dispose(instance) {
      if (instance.disposed) throw new Error(`instance ${instance.id} was disposed of twice`);
      instance.disposed = true;
      if (disposeMs > 0 && clock !== undefined) await sleep(clock, disposeMs, never);
    },
  };
}
