import { startIdleTimer } from '../clock.js';
import type { RegistryContext } from '../context.js';
import type { RunContext } from '../definition.js';
import type { Instance } from '../instance.js';
import type { LoadedModel, RemoteHost } from './host.js';
import type { PooledHost } from './pooled-host.js';

/** How often a host's memory is looked at, where it has a limit. */
const LOOK_EVERY_MS = 5_000;

/**
 * Replaces hosts behind the scenes, for runtimes that leak or fragment: after so many runs, so much time, or above so
 * many bytes. Each model is loaded into a new host, which takes over; the old one ends when its last request has.
 */
export class Recycler {
  readonly #context: RegistryContext;
  readonly #replace: (instance: Instance) => Promise<void>;

  /** @param replace loads a new copy of a model and lets it take over */
  constructor(context: RegistryContext, replace: (instance: Instance) => Promise<void>) {
    this.#context = context;
    this.#replace = replace;
  }

  /** Watches a host's age and memory. */
  watch(pooled: PooledHost, models: () => Instance[]): void {
    const { afterMs, aboveBytes } = this.#context.settings.isolation.recycle;
    const dueAt = pooled.startedAt + this.#jittered(afterMs);
    const look = (everyMs: number) => {
      pooled.recycleTimer = startIdleTimer(this.#context.settings.clock, everyMs, async () => {
        if (pooled.retiring) return;
        const bytes =
          aboveBytes === Number.POSITIVE_INFINITY ? 0 : await pooled.remote?.measure().catch(() => 0);
        const old = this.#context.settings.clock.now() >= dueAt;
        if (old || (bytes ?? 0) > aboveBytes) this.#recycle(pooled, models);
        else look(everyMs);
      });
    };
    if (aboveBytes !== Number.POSITIVE_INFINITY) look(Math.min(LOOK_EVERY_MS, afterMs));
    else if (dueAt !== Number.POSITIVE_INFINITY) look(dueAt - pooled.startedAt);
  }

  /** The model's `run`, which also counts where runs have a limit. */
  counting(
    pooled: PooledHost,
    remote: RemoteHost,
    loaded: LoadedModel,
    models: () => Instance[],
  ): LoadedModel['run'] {
    const limit = this.#jittered(this.#context.settings.isolation.recycle.afterRuns);
    if (limit === Number.POSITIVE_INFINITY) return loaded.run;
    return (input: unknown, context: RunContext) => {
      if (remote.runs + 1 >= limit && !pooled.retiring) this.#recycle(pooled, models);
      return loaded.run(input, context);
    };
  }

  #recycle(pooled: PooledHost, models: () => Instance[]): void {
    const { clock, load } = this.#context.settings;
    pooled.retiring = true;
    pooled.recycleTimer?.stop();
    Promise.all(models().map((instance) => this.#replace(instance))).catch(() => {
      // Where a new copy cannot be loaded the old one goes on; the event `failed` tells of it.
      pooled.recycleTimer = startIdleTimer(clock, load.cooldownMs, () => {
        if (pooled.empty) return;
        pooled.retiring = false;
        this.watch(pooled, models);
      });
    });
  }

  /** Hosts that were started together are not all replaced together. */
  #jittered(limit: number): number {
    return limit * (1 - this.#context.settings.isolation.recycle.jitter * Math.random());
  }
}
