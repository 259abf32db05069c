import type { InputOf, ModelDefinition, ModelOf, OutputOf } from './definition.js';
import type { Explanation } from './explain.js';
import type { Lease } from './lease.js';
import type { ModelStatus } from './status.js';
import type { RequestOptions } from './wait-queue.js';

/** What a handle needs of its registry: the calls by name, without their types. */
export interface HandleTarget {
  run(name: string, input: unknown, options?: RequestOptions): Promise<unknown>;
  runEncoded(name: string, input: unknown, options?: RequestOptions): Promise<unknown>;
  tryRunEncoded(name: string, input: unknown, signal?: AbortSignal): Promise<unknown> | undefined;
  use(
    name: string,
    fn: (model: never, lease: Lease<never>) => unknown,
    options?: RequestOptions,
  ): Promise<unknown>;
  status(name: string): ModelStatus;
  explain(name: string): Explanation;
}

/** One registered model: with its types where they are known, and for names that only a request knows. */
export class ModelHandle<D extends ModelDefinition = ModelDefinition> {
  readonly name: string;
  readonly #target: HandleTarget;

  constructor(name: string, target: HandleTarget) {
    this.name = name;
    this.#target = target;
  }

  /** As `registry.run(name, …)`. */
  run(input: InputOf<D>, options?: RequestOptions): Promise<OutputOf<D>> {
    return this.#target.run(this.name, input, options) as Promise<OutputOf<D>>;
  }

  /** As `registry.runEncoded(name, …)`. */
  runEncoded(input: unknown, options?: RequestOptions): Promise<unknown> {
    return this.#target.runEncoded(this.name, input, options);
  }

  /** As `registry.tryRunEncoded(name, …)`. */
  tryRunEncoded(input: unknown, signal?: AbortSignal): Promise<unknown> | undefined {
    return this.#target.tryRunEncoded(this.name, input, signal);
  }

  /** As `registry.use(name, …)`. */
  use<T>(
    fn: (model: ModelOf<D>, lease: Lease<ModelOf<D>>) => T | Promise<T>,
    options?: RequestOptions,
  ): Promise<T> {
    return this.#target.use(
      this.name,
      fn as (model: never, lease: Lease<never>) => unknown,
      options,
    ) as Promise<T>;
  }

  /** As `registry.status(name)`. */
  status(): ModelStatus {
    return this.#target.status(this.name);
  }

  /** As `registry.explain(name)`. */
  explain(): Explanation {
    return this.#target.explain(this.name);
  }
}
