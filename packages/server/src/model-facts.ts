import type {
  IsolationKind,
  ModelRegistry,
  ModelSignature,
  ModelState,
  ModelStatus,
} from '@warmset/registry';

/** What was known of a model when it was loaded last. */
export interface LoadedFacts {
  readonly signature: ModelSignature | undefined;
  readonly runtime: string | undefined;
  readonly isolation: IsolationKind;
  readonly loadMs: number;
}

/**
 * What requests need to know of models without asking for a status, which sorts run times: each one's state, kept by the
 * registry's events, and what its last load told, which outlives the copy.
 */
export class ModelFacts {
  readonly #registry: ModelRegistry;
  readonly #states = new Map<string, ModelState>();
  readonly #loaded = new Map<string, LoadedFacts>();
  readonly #onState: (event: { name: string; to: ModelState }) => void;
  readonly #onLoaded: (event: { name: string }) => void;

  constructor(registry: ModelRegistry) {
    this.#registry = registry;
    for (const status of registry.snapshot().models) {
      this.#states.set(status.name, status.state);
      if (status.state === 'ready') this.#learn(status);
    }
    this.#onState = ({ name, to }) => this.#states.set(name, to);
    this.#onLoaded = ({ name }) => this.#learn(registry.status(name));
    registry.on('state', this.#onState);
    registry.on('ready', this.#onLoaded);
    registry.on('swapped', this.#onLoaded);
  }

  /** Of a model that is registered. */
  stateOf(name: string): ModelState {
    return this.#states.get(name) ?? this.#registry.status(name).state;
  }

  /** `undefined` where it has not been loaded yet. */
  lastLoad(name: string): LoadedFacts | undefined {
    return this.#loaded.get(name);
  }

  close(): void {
    this.#registry.off('state', this.#onState);
    this.#registry.off('ready', this.#onLoaded);
    this.#registry.off('swapped', this.#onLoaded);
  }

  #learn({ name, signature, runtime, isolation, load }: ModelStatus): void {
    this.#loaded.set(name, { signature, runtime, isolation, loadMs: load?.lastMs ?? 0 });
  }
}
