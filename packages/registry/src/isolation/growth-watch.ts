import { grownBytes, type MemoryMeter, type Settled } from './memory-meter.js';

/** A model as the watch sees it. */
export interface Watched {
  readonly id: number;
  /** What it was measured to hold; `undefined` where it was not. */
  bytes: number | undefined;
  runs: number;
}

/**
 * Measures a host again after runs. Runtimes allocate at a model's first runs, and at its first large batch, what they
 * then keep: 38 % more was found. It looks after a model's 1st, 4th, 16th, 64th … run, so that it costs a busy host nothing.
 */
export class GrowthWatch {
  readonly #meter: MemoryMeter;
  readonly #tell: (hostBytes: number, model: Watched) => void;
  /** What the host held when it was last measured, and the models that have run since. */
  #settled: Settled | undefined;
  readonly #ran = new Set<Watched>();

  constructor(meter: MemoryMeter, tell: (hostBytes: number, model: Watched) => void) {
    this.#meter = meter;
    this.#tell = tell;
  }

  /** The host was measured as a load or a dispose ended. */
  settled(now: Settled): void {
    this.#settled = now;
    this.#ran.clear();
  }

  /** A run of the model has ended, and its answer is sent. */
  ran(model: Watched): void {
    model.runs += 1;
    this.#ran.add(model);
    // Later, so that nothing holds on to the run's input and output any more.
    if (isPowerOfFour(model.runs)) setImmediate(() => this.#look(model));
  }

  #look(model: Watched): void {
    const now = this.#meter.settled();
    if (now === undefined) return;
    const grown = grownBytes(this.#settled ?? now, now);
    // Where others have run too, nobody knows whose it is: it is the host's.
    const alone = this.#ran.size === 1 && this.#ran.has(model);
    if (alone && model.bytes !== undefined) model.bytes = Math.max(0, model.bytes + grown);
    this.settled(now);
    this.#tell(now.hostBytes, model);
  }
}

function isPowerOfFour(count: number): boolean {
  return Number.isInteger(Math.log2(count) / 2);
}
