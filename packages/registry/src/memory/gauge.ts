import { describeValue, ignoreRejection } from '../errors.js';
import type { MemoryProbe } from './probe.js';
import { type MemoryReading, SystemMemory, systemMemoryProbe, type Trouble } from './system-memory.js';

/** Reads a registry's memory without ever failing, and tells of each kind of trouble once. */
export class MemoryGauge {
  readonly #probe: MemoryProbe;
  readonly #told = new Set<Trouble['kind']>();
  #untold: Trouble[] = [];
  #tell: ((trouble: Trouble) => void) | undefined;
  #last: MemoryReading | undefined;

  constructor(probe: MemoryProbe) {
    this.#probe = probe;
  }

  /** Whether the figures are those of this process and machine, or of a probe that was handed in. */
  get isSystem(): boolean {
    return this.#probe === systemMemoryProbe;
  }

  /** Tells of what happens from now on, and of what has happened before. */
  listen(tell: (trouble: Trouble) => void): void {
    this.#tell = tell;
    for (const trouble of this.#untold) tell(trouble);
    this.#untold = [];
  }

  read(): MemoryReading {
    const reading = this.#kept(this.#probe instanceof SystemMemory ? this.#probe.read() : this.#probed());
    for (const trouble of reading.troubles) this.report(trouble);
    const { limitBytes, limitSource } = reading;
    // Another source's being lower is that source's trouble.
    if (this.#last?.limitSource === limitSource && limitBytes < this.#last.limitBytes) {
      const message = `The memory limit fell from ${this.#last.limitBytes} to ${limitBytes} bytes`;
      this.report({ kind: 'shrunk', message });
    }
    this.#last = reading;
    return reading;
  }

  /** A source that fails while running says nothing of the limit, which is as it was, unless another one is tighter. */
  #kept(reading: MemoryReading): MemoryReading {
    const last = this.#last;
    const hasFailed = reading.troubles.some(({ kind }) => kind !== 'unlimited' && kind !== 'probe');
    if (!hasFailed || last === undefined || last.limitBytes > reading.limitBytes) return reading;
    return { ...reading, limitBytes: last.limitBytes, limitSource: last.limitSource };
  }

  /** The resident set in bytes; `NaN` where the probe fails, since no other source's figure compares with its others. */
  rssBytes(): number {
    const [bytes, trouble] = this.#figure('rssBytes', 0);
    if (trouble !== undefined) this.report(trouble);
    return bytes ?? Number.NaN;
  }

  /** Tells of it, unless it has told of its kind before. */
  report(trouble: Trouble): void {
    if (this.#told.has(trouble.kind)) return;
    this.#told.add(trouble.kind);
    if (this.#tell === undefined) this.#untold.push(trouble);
    else this.#tell(trouble);
  }

  /** The probe's figures, or the system's own for those that cannot be. */
  #probed(): MemoryReading {
    const [limitBytes, limitTrouble] = this.#figure('limitBytes', 1);
    const [availableBytes, trouble] = this.#figure('availableBytes', 0);
    const system = systemMemoryProbe;
    return {
      ...(limitBytes === undefined ? system.read() : { limitBytes, limitSource: 'probe' }),
      availableBytes: availableBytes ?? system.read().availableBytes,
      troubles: [limitTrouble, trouble].filter((one) => one !== undefined),
    };
  }

  /** What the probe says, or what is wrong with that. */
  #figure(name: keyof MemoryProbe, least: number): [bytes: number | undefined, trouble?: Trouble] {
    const kind = name === 'limitBytes' ? 'limit' : 'probe';
    try {
      const bytes: unknown = this.#probe[name]();
      if (typeof bytes === 'number' && bytes >= least && bytes < Number.POSITIVE_INFINITY) return [bytes];
      ignoreRejection(bytes);
      const message = `${name}() of the memory probe gave ${describeValue(bytes)}; it was passed over`;
      return [undefined, { kind, message }];
    } catch (cause) {
      return [undefined, { kind, message: `The memory probe failed: ${name}() threw`, cause }];
    }
  }
}
