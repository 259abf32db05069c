import { HttpError } from '../http/http-error.js';

/** How often, and milliseconds altogether. */
export interface Total {
  count: number;
  ms: number;
}

/** Where the time of one request went, in milliseconds. */
export interface Timings {
  /** From its body to tensors. */
  readonly decodeMs: number;
  /** In the registry: waiting for the model and running it. */
  readonly callMs: number;
  /** From tensors to its answer. */
  readonly encodeMs: number;
  readonly totalMs: number;
}

/** What this server has done with one model. */
export class ModelTraffic {
  readonly name: string;
  /** Requests that are being read, wait or run. */
  inFlight = 0;
  /** Milliseconds since the epoch; 0 where there was none. */
  lastInference = 0;
  readonly success: Total = { count: 0, ms: 0 };
  readonly fail: Total = { count: 0, ms: 0 };
  readonly decode: Total = { count: 0, ms: 0 };
  readonly call: Total = { count: 0, ms: 0 };
  readonly encode: Total = { count: 0, ms: 0 };

  constructor(name: string) {
    this.name = name;
  }

  succeeded({ decodeMs, callMs, encodeMs, totalMs }: Timings): void {
    add(this.success, totalMs);
    add(this.decode, decodeMs);
    add(this.call, callMs);
    add(this.encode, encodeMs);
    this.lastInference = Date.now();
  }

  failed(totalMs: number): void {
    add(this.fail, totalMs);
  }

  /** Of the requests so far; `undefined` before the first. */
  get meanMs(): number | undefined {
    return this.success.count === 0 ? undefined : this.success.ms / this.success.count;
  }
}

/** Told of every inference over HTTP, after it. */
export type InferenceListener = (model: string, outcome: 'success' | 'fail', totalMs: number) => void;

/** The requests of all models: how many are under way, and how long they took. */
export class Traffic {
  readonly #models = new Map<string, ModelTraffic>();
  readonly #most: number;
  readonly listeners = new Set<InferenceListener>();

  /** @param most requests of one model at a time */
  constructor(most: number) {
    this.#most = most;
  }

  /** @param name of a model that is registered, so that strangers' names take no memory */
  of(name: string): ModelTraffic {
    let traffic = this.#models.get(name);
    if (traffic === undefined) {
      traffic = new ModelTraffic(name);
      this.#models.set(name, traffic);
    }
    return traffic;
  }

  /**
   * Counts a request in; `left` counts it out.
   *
   * @throws HttpError 429
   */
  enter(name: string): ModelTraffic {
    const traffic = this.of(name);
    if (traffic.inFlight >= this.#most) {
      throw new HttpError(
        429,
        `Model "${name}" is busy: ${this.#most} requests are under way. Try again later.`,
        { retryAfterMs: traffic.meanMs ?? 1_000 },
      );
    }
    traffic.inFlight += 1;
    return traffic;
  }

  left(traffic: ModelTraffic): void {
    traffic.inFlight -= 1;
  }

  succeeded(traffic: ModelTraffic, timings: Timings): void {
    traffic.succeeded(timings);
    for (const listener of this.listeners) listener(traffic.name, 'success', timings.totalMs);
  }

  failed(traffic: ModelTraffic, totalMs: number): void {
    traffic.failed(totalMs);
    for (const listener of this.listeners) listener(traffic.name, 'fail', totalMs);
  }
}

function add(total: Total, ms: number): void {
  total.count += 1;
  total.ms += ms;
}
