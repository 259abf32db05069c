/** Run times kept for the percentiles. */
const WINDOW = 512;

export interface RunTimes {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** How long runs take: the mean of all, percentiles over the last {@link WINDOW}. Made at the first run. */
export class RunTimer {
  readonly #window = new Float64Array(WINDOW);
  #count = 0;
  #totalMs = 0;

  record(ms: number): void {
    this.#window[this.#count % WINDOW] = ms;
    this.#count += 1;
    this.#totalMs += ms;
  }

  read(): RunTimes {
    const kept = this.#window.slice(0, Math.min(this.#count, WINDOW)).sort();
    const percentile = (share: number) => kept[Math.max(0, Math.ceil(share * kept.length) - 1)] ?? 0;
    return {
      meanMs: this.#totalMs / Math.max(1, this.#count),
      p50Ms: percentile(0.5),
      p95Ms: percentile(0.95),
      p99Ms: percentile(0.99),
    };
  }
}

export interface LoadTimes {
  readonly lastMs: number;
  readonly meanMs: number;
  readonly maxMs: number;
  /** How long the last load waited for a slot and for memory. */
  readonly queuedMs: number;
  /** When the last load finished. */
  readonly at: number;
}

/** How long loads take. Made at the first load. */
export class LoadTimer {
  #count = 0;
  #totalMs = 0;
  #maxMs = 0;
  #last = { ms: 0, queuedMs: 0, at: 0 };

  record(ms: number, queuedMs: number, at: number): void {
    this.#count += 1;
    this.#totalMs += ms;
    this.#maxMs = Math.max(this.#maxMs, ms);
    this.#last = { ms, queuedMs, at };
  }

  get lastMs(): number {
    return this.#last.ms;
  }

  read(): LoadTimes {
    const { ms, queuedMs, at } = this.#last;
    return { lastMs: ms, meanMs: this.#totalMs / this.#count, maxMs: this.#maxMs, queuedMs, at };
  }
}
