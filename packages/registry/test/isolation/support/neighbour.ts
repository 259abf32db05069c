import type { FaultyInput, FaultyOutput } from './faulty.js';

/** A client of another model, one request after the other: what it feels while something goes wrong elsewhere. */
export class Neighbour {
  readonly failures: unknown[] = [];
  served = 0;
  longestMs = 0;
  #stopped = false;
  readonly #done: Promise<void>;

  constructor(run: (input: FaultyInput) => Promise<FaultyOutput>) {
    this.#done = this.#ask(run);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #ask(run: (input: FaultyInput) => Promise<FaultyOutput>): Promise<void> {
    while (!this.#stopped) {
      const startedAt = performance.now();
      try {
        await run({ value: this.served });
        this.served += 1;
      } catch (error) {
        this.failures.push(error);
      }
      this.longestMs = Math.max(this.longestMs, performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
