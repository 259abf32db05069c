import { Semaphore } from 'async-mutex';
import type { RegistryContext } from './context.js';
import type { WarmsetError } from './errors.js';
import type { ModelEntry } from './model-entry.js';
import { group, optionalFunction, whole } from './option-check.js';
import type { Requests } from './requests.js';

export interface PreloadOptions {
  /** Loads asked for at a time; never more than `load.concurrency` run. Default: all. */
  concurrency?: number;
  /** Called after each model, whichever way it went. */
  onProgress?(progress: PreloadProgress): void;
}

export interface PreloadProgress {
  readonly name: string;
  readonly done: number;
  readonly total: number;
  /** Why it is not loaded. */
  readonly error?: WarmsetError;
}

export interface PreloadReport {
  readonly loaded: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: WarmsetError }[];
  readonly durationMs: number;
}

const checkPreload = group({
  concurrency: whole(1, Number.POSITIVE_INFINITY),
  onProgress: optionalFunction,
});

/** Loads models ahead of their use, behind every live request, and knows which of them readiness waits for. */
export class Preloader {
  readonly #context: RegistryContext;
  readonly #requests: Requests;
  /** Asked for by a preload and not loaded yet, with what the last try failed with. */
  readonly #missing = new Map<string, WarmsetError | undefined>();
  readonly #running = new Set<Promise<PreloadReport>>();

  constructor(context: RegistryContext, requests: Requests) {
    this.#context = context;
    this.#requests = requests;
  }

  /** Every model that was asked for has been loaded. */
  get done(): boolean {
    return this.#missing.size === 0;
  }

  /** Settles with the preloads under way: rejects with the first model's error where one could not be loaded. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    for (const error of this.#missing.values()) if (error !== undefined) throw error;
  }

  /** One failure does not stop the rest. */
  preload(entries: readonly ModelEntry[], options: PreloadOptions): Promise<PreloadReport> {
    const { concurrency } = checkPreload('', options);
    for (const entry of entries) if (entry.state !== 'ready') this.#missing.set(entry.name, undefined);
    const running = this.#preload(entries, concurrency, options);
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    return running;
  }

  /** A model that came or went by another way is not waited for any more. */
  satisfied(name: string): void {
    if (this.#missing.size > 0) this.#missing.delete(name);
  }

  async #preload(
    entries: readonly ModelEntry[],
    concurrency: number,
    options: PreloadOptions,
  ): Promise<PreloadReport> {
    const { clock } = this.#context.settings;
    const startedAt = clock.now();
    const asOf = this.#context.nextOrder();
    const slots = new Semaphore(Math.min(concurrency, Math.max(1, entries.length)));
    const loaded: string[] = [];
    const failed: { name: string; error: WarmsetError }[] = [];
    const loadOne = async (entry: ModelEntry) => {
      const { name } = entry;
      let error: WarmsetError | undefined;
      try {
        await this.#requests.load(entry, {
          priority: 'background',
          asOf,
          timeoutMs: Number.POSITIVE_INFINITY,
        });
        loaded.push(name);
      } catch (thrown) {
        error = thrown as WarmsetError;
        failed.push({ name, error });
        if (this.#missing.has(name)) this.#missing.set(name, error);
      }
      this.#report(options, {
        name,
        done: loaded.length + failed.length,
        total: entries.length,
        ...(error && { error }),
      });
    };
    await Promise.all(entries.map((entry) => slots.runExclusive(() => loadOne(entry))));
    return { loaded, failed, durationMs: clock.now() - startedAt };
  }

  #report(options: PreloadOptions, progress: PreloadProgress): void {
    try {
      options.onProgress?.(progress);
    } catch (cause) {
      this.#context.warn('onProgress of a preload threw', { name: progress.name, cause });
    }
  }
}
