import type { ModelRegistry, ModelState, PreloadReport } from '@warmset/registry';
import { safeFailure } from './http/safe-text.js';
import type { Logger } from './logger.js';

/** What `/readyz` answers. */
export interface ReadinessReport {
  readonly ready: boolean;
  /** The server is going down and takes no new work from a load balancer. */
  readonly draining: boolean;
  /** The models that readiness waits for. */
  readonly required: Readonly<Record<string, { readonly state: ModelState; readonly error?: string }>>;
  /** Why models that did not load did not, also those that readiness does not wait for. */
  readonly failed: Readonly<Record<string, string>>;
}

/** Whether a load balancer should send requests here. */
export class Readiness {
  readonly #registry: ModelRegistry;
  readonly #required: readonly string[];
  readonly #logger: Logger;
  readonly #before: Promise<void>;
  #settle!: (report: PreloadReport | undefined) => void;
  #isStarted = false;
  #isBegun: boolean;
  #draining = false;
  /** Settles once the preload has tried every model; rejects never for one that does not load. */
  readonly preloaded = new Promise<PreloadReport | undefined>((resolve) => {
    this.#settle = resolve;
  });

  /**
   * @param before what is to be there before anything loads
   * @throws WarmsetError `ERR_MODEL_NOT_FOUND` where `preload` names a model that is not there
   */
  constructor(
    registry: ModelRegistry,
    preload: 'all' | readonly string[],
    logger: Logger,
    before: Promise<void>,
  ) {
    this.#registry = registry;
    this.#logger = logger;
    this.#before = before;
    this.#required = preload === 'all' ? registry.snapshot().models.map(({ name }) => name) : preload;
    for (const name of this.#required) registry.handle(name);
    this.#isBegun = this.#required.length === 0;
    if (this.#isBegun) this.#settle(undefined);
  }

  /** Begins the preload, once. */
  start(): Promise<PreloadReport | undefined> {
    if (!this.#isStarted && !this.#isBegun) {
      this.#isStarted = true;
      void this.#before.then(() => this.#preload()).then(this.#settle);
    }
    return this.preloaded;
  }

  get isReady(): boolean {
    return this.#isBegun && !this.#draining && this.#registry.isReady() && this.#registry.isHealthy();
  }

  /** From now on `/readyz` is red; requests are still answered. */
  drain(): void {
    this.#draining = true;
  }

  report(): ReadinessReport {
    const required = this.#required.map((name) => {
      const { state, error } = this.#registry.status(name);
      return [name, { state, ...(error && { error: safeFailure(name, error) }) }] as const;
    });
    const failed = this.#registry
      .snapshot()
      .models.flatMap(({ name, error }) =>
        error === undefined ? [] : [[name, safeFailure(name, error)] as const],
      );
    return {
      ready: this.isReady,
      draining: this.#draining,
      required: Object.fromEntries(required),
      failed: Object.fromEntries(failed),
    };
  }

  async #preload(): Promise<PreloadReport | undefined> {
    this.#isBegun = true;
    try {
      return await this.#registry.preload([...this.#required]);
    } catch (error) {
      // The registry was closed meanwhile.
      this.#logger.warn({ err: error }, 'the preload was not begun');
      return undefined;
    }
  }
}
