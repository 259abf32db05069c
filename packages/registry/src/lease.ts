import type { Instance } from './instance.js';

/**
 * What a caller holds while it uses a model: until every lease is released the model is not disposed.
 * A lease that is never released keeps its model in memory for ever; `use` and `run` cannot forget.
 */
export class Lease<Model = unknown> {
  readonly #instance: Instance;
  readonly #keepAliveMs: number | undefined;
  #released = false;

  /** Made by the registry; `instance.leases` counts it from here on. */
  constructor(instance: Instance, keepAliveMs?: number) {
    this.#instance = instance;
    this.#keepAliveMs = keepAliveMs;
    instance.leases += 1;
  }

  get model(): Model {
    return this.#instance.loaded.model as Model;
  }

  /** Runs the model under this lease, as its definition says. */
  run(input: unknown, signal?: AbortSignal): unknown {
    const { loaded, name } = this.#instance;
    return loaded.run(input, signal === undefined ? { name } : { name, signal });
  }

  /** Idempotent. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#instance.entry.released(this.#instance, this.#keepAliveMs);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
