import type { MemoryBox } from './memory-box.js';

const SAMPLE_MS = 20;

/** Samples what a box holds, since the kernel keeps the highest charge, page cache included, but no other peak. */
export class PeakWatch {
  readonly #box: MemoryBox;
  readonly #timer: NodeJS.Timeout;
  #chargedBytes = 0;
  #workingSetBytes = 0;

  constructor(box: MemoryBox) {
    this.#box = box;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** The highest figures so far; the charge is the kernel's own peak where it keeps one. */
  stop(): { readonly peakBytes: number; readonly workingSetPeakBytes: number } {
    clearInterval(this.#timer);
    this.#sample();
    return {
      peakBytes: this.#box.peakBytes() ?? this.#chargedBytes,
      workingSetPeakBytes: this.#workingSetBytes,
    };
  }

  #sample(): void {
    const { chargedBytes, workingSetBytes } = this.#box.use();
    this.#chargedBytes = Math.max(this.#chargedBytes, chargedBytes);
    this.#workingSetBytes = Math.max(this.#workingSetBytes, workingSetBytes);
  }
}
