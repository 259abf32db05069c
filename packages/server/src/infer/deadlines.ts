import { WarmsetError } from '@warmset/registry';

/** How late a deadline may be noticed. */
const STEP_MS = 100;

interface Entry {
  readonly dueAt: number;
  expire(): void;
}

/** Limits on many short things at the cost of one timer, which runs only while there is something to watch. */
export class Deadlines {
  readonly #entries = new Set<Entry>();
  #timer: NodeJS.Timeout | undefined;

  /** Settles as `work` does, or rejects with `ERR_TIMEOUT` up to {@link STEP_MS} after its time is over. */
  within<T>(work: Promise<T>, ms: number, modelName: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const expire = () =>
        reject(
          new WarmsetError('ERR_TIMEOUT', `Model "${modelName}" was not done within ${ms} ms.`, {
            modelName,
          }),
        );
      const entry = { dueAt: performance.now() + ms, expire };
      this.#entries.add(entry);
      this.#timer ??= setInterval(() => this.#sweep(), STEP_MS).unref();
      work.then(
        (value) => {
          this.#entries.delete(entry);
          resolve(value);
        },
        (error) => {
          this.#entries.delete(entry);
          reject(error);
        },
      );
    });
  }

  #sweep(): void {
    const now = performance.now();
    for (const entry of this.#entries) {
      if (entry.dueAt > now) continue;
      this.#entries.delete(entry);
      entry.expire();
    }
    if (this.#entries.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
