import { startIdleTimer } from '../clock.js';
import type { RegistryContext } from '../context.js';
import type { LoadContext, ModelDefinition } from '../definition.js';
import type { Instance } from '../instance.js';
import { withinLimits } from '../limits.js';
import type { Charge } from '../memory/budget.js';
import type { HostStatus } from '../status.js';
import type { LoadedModel, RemoteHost } from './host.js';
import { inlineHost } from './inline-host.js';
import { kindFor } from './kind.js';
import { place } from './placement.js';
import { PooledHost } from './pooled-host.js';
import type { Recycler } from './recycler.js';
import { withoutRuntime } from './runtime-share.js';

/** What a host is expected to cost before one has been measured: 18 MB was (docs/isolation.md), with room to spare. */
const EXPECTED_OWN_BYTES = 24 * 2 ** 20;

/** What the pool knows of the load besides its definition. */
export interface HostRequest {
  readonly estimatedBytes: number | undefined;
  /** It may have ended the host that it was in last, and is to have one to itself. */
  readonly suspect: boolean;
  /** The load's reservation, out of which a new host is charged. */
  readonly charge: Charge;
  /** The load is past its limit, or the registry closes: nobody waits for it any more, also where it never ends. */
  readonly givenUp: AbortSignal;
}

/** Told when a host took models with it. `quarantined`: it hangs, and what it holds is not free. */
export type HostLost = (instance: Instance, why: string, quarantined: boolean) => void;

/** The hosts of a registry: started with their first model, ended after their last, each charged to the budget. */
export class HostPool {
  readonly #context: RegistryContext;
  readonly #lost: HostLost;
  readonly #hosts = new Set<PooledHost>();
  readonly #recycler: Recycler;
  #lastId = 0;
  #restarts = 0;
  #ownBytes = EXPECTED_OWN_BYTES;

  constructor(context: RegistryContext, recycler: Recycler, lost: HostLost) {
    this.#context = context;
    this.#recycler = recycler;
    this.#lost = lost;
  }

  /** No thread hangs in a call that cannot be stopped. */
  get healthy(): boolean {
    for (const { remote } of this.#hosts) if (remote?.state === 'quarantined') return false;
    return true;
  }

  /** Bytes of hosts that are ending; not of a thread that hangs, which may never end. */
  get comingBytes(): number {
    let bytes = 0;
    for (const { retiring, empty, charge, remote } of this.#hosts) {
      if (retiring && empty && remote?.state !== 'quarantined') bytes += charge?.bytes ?? 0;
    }
    return bytes;
  }

  /** What a load reserves besides the model, where it will start a host. */
  overheadBytes(
    definition: ModelDefinition,
    request: Pick<HostRequest, 'estimatedBytes' | 'suspect'>,
  ): number {
    const kind = kindFor(definition, this.#context.settings.isolation);
    if (kind === 'inline') return 0;
    return 'start' in this.#place(kind, request) ? this.#ownBytes : 0;
  }

  async load(
    definition: ModelDefinition,
    told: LoadContext,
    undisposed: (cause: unknown) => void,
    request: HostRequest,
  ): Promise<LoadedModel> {
    const kind = kindFor(definition, this.#context.settings.isolation);
    if (kind === 'inline') return inlineHost.load(definition, told, undisposed);
    const placement = this.#place(kind, request);
    const pooled = 'host' in placement ? placement.host : this.#start(kind, placement.start, request.charge);
    pooled.idleTimer?.stop();
    pooled.loading += 1;
    try {
      const remote = await pooled.started;
      const loading = remote.load(definition, told, undisposed);
      const limits = { signal: request.givenUp };
      const loaded = await withinLimits(loading, this.#context.settings.clock, limits).catch((error) => {
        // What comes all the same is disposed of, unless its host has ended by then.
        if (request.givenUp.aborted) loading.then((late) => late.dispose()).catch(() => {});
        throw error;
      });
      const hosted = this.#hosted(
        pooled,
        remote,
        withoutRuntime(pooled, definition, request.estimatedBytes, loaded),
        told.name,
      );
      pooled.models.set(hosted, hosted.bytes ?? request.estimatedBytes ?? 0);
      return hosted;
    } catch (error) {
      if (!isHostMissing(error) || this.#context.settings.isolation.fallback !== 'inline') throw error;
      this.#context.warn(`"${told.name}" is loaded inline: its host could not be started`, {
        name: told.name,
        cause: error,
      });
      return inlineHost.load(definition, told, undisposed);
    } finally {
      pooled.loading -= 1;
      pooled.recharge();
      this.#vacated(pooled);
    }
  }

  /** Ends the hosts that hold nothing, without waiting for their idle time. Whether there were any. */
  endIdle(): boolean {
    const idle = [...this.#hosts].filter(({ empty, retiring }) => empty && !retiring);
    for (const pooled of idle) void this.#end(pooled);
    return idle.length > 0;
  }

  status(): HostStatus[] {
    const { residents, disposing, settings } = this.#context;
    const now = settings.clock.now();
    const copies = [...residents, ...disposing];
    return [...this.#hosts].map((pooled) => {
      const { kind, id, remote, bytes } = pooled;
      const names = copies.filter(({ loaded }) => pooled.models.has(loaded)).map(({ name }) => name);
      return {
        kind,
        id,
        pid: remote?.pid ?? 0,
        ...(remote?.threadId !== undefined && { threadId: remote.threadId }),
        state: remote?.state ?? 'starting',
        models: [...new Set(names)],
        bytes,
        chargedBytes: pooled.charge?.bytes ?? 0,
        inFlight: remote?.inFlight ?? 0,
        runs: remote?.runs ?? 0,
        restarts: this.#restarts,
        uptimeMs: now - pooled.startedAt,
      };
    });
  }

  /** Ends all hosts, those that still hold a model in use last: when it is released. */
  async close(): Promise<void> {
    const unused = [...this.#hosts].filter(({ models }) => models.size === 0);
    await Promise.all(unused.map((pooled) => this.#end(pooled)));
  }

  /** Ends the host of a model that holds it alone; its requests fail. Whether there was one to end. */
  kill(loaded: LoadedModel, why: string): boolean {
    for (const { models, loading, remote, kind } of this.#hosts) {
      if (!models.has(loaded) || models.size + loading > 1 || kind === 'thread') continue;
      remote?.kill(why);
      return remote !== undefined;
    }
    return false;
  }

  #place(
    kind: 'thread' | 'process',
    { estimatedBytes, suspect }: Pick<HostRequest, 'estimatedBytes' | 'suspect'>,
  ) {
    const { placement, ownHostBytes, maxHosts } = this.#context.settings.isolation;
    const policy = suspect ? 'per-model' : placement;
    return place({ kind, estimatedBytes, policy, ownHostBytes, maxHosts, hosts: [...this.#hosts] });
  }

  #start(kind: 'thread' | 'process', size: 'own' | 'shared', charge: Charge): PooledHost {
    const { clock, isolation } = this.#context.settings;
    const started = this.#context.detached(async () => {
      const { startHost } = await import('./start-host.js');
      return startHost(kind, clock, isolation);
    });
    this.#lastId += 1;
    const pooled = new PooledHost(this.#lastId, kind, size === 'own', clock.now(), started);
    this.#hosts.add(pooled);
    started.then(
      (remote) => {
        pooled.remote = remote;
        remote.onDown = (why) => this.#down(pooled, remote, why);
        remote.onMeasured = () => pooled.remeasured(this.#modelsOf(pooled)());
        void remote.gone.then(() => this.#gone(pooled));
        if (remote.ownBytes > 0) this.#ownBytes = remote.ownBytes;
        if (!pooled.own) pooled.charge = charge.split(remote.ownBytes);
        this.#recycler.watch(pooled, this.#modelsOf(pooled));
      },
      () => this.#hosts.delete(pooled),
    );
    return pooled;
  }

  #hosted(pooled: PooledHost, remote: RemoteHost, loaded: LoadedModel, name: string): LoadedModel {
    const hosted: LoadedModel = {
      ...loaded,
      // Ending a host of its own brings back what the host and the runtime take too, so they are charged with the model.
      ...(pooled.own &&
        loaded.bytes !== undefined && { hostBytes: Math.max(0, remote.bytes - loaded.bytes) }),
      run: this.#recycler.counting(pooled, remote, loaded, this.#modelsOf(pooled)),
      dispose: () => this.#dispose(pooled, remote, hosted, loaded, name),
      isolation: pooled.kind,
    };
    return hosted;
  }

  async #dispose(
    pooled: PooledHost,
    remote: RemoteHost,
    hosted: LoadedModel,
    loaded: LoadedModel,
    name: string,
  ): Promise<unknown> {
    // One that is down holds nothing any more; what its model was measured to hold is what came back.
    const heldBytes = remote.state === 'up' ? remote.bytes : undefined;
    const disposed = loaded.dispose();
    if (pooled.own && pooled.kind === 'process') {
      // The limits of ending it hold for the dispose too: whatever becomes of that, nothing is left of the model.
      const ended = this.#end(pooled);
      await Promise.resolve(disposed).catch((cause) =>
        this.#context.warn(`"${name}" failed to dispose of itself, and went with its process`, {
          name,
          cause,
        }),
      );
      await ended;
      pooled.models.delete(hosted);
      return heldBytes;
    }
    try {
      return await disposed;
    } catch (error) {
      pooled.remains.add(hosted);
      throw error;
    } finally {
      pooled.models.delete(hosted);
      pooled.recharge();
      this.#vacated(pooled);
    }
  }

  #vacated(pooled: PooledHost): void {
    if (!pooled.empty || pooled.remote?.state !== 'up') return;
    const { settings, state } = this.#context;
    if (pooled.own || pooled.retiring || state !== 'open') return void this.#end(pooled);
    pooled.idleTimer = startIdleTimer(settings.clock, settings.isolation.idleHostMs, () => {
      if (pooled.empty) void this.#end(pooled);
    });
  }

  async #end(pooled: PooledHost): Promise<void> {
    pooled.retiring = true;
    pooled.idleTimer?.stop();
    pooled.recycleTimer?.stop();
    const remote = await pooled.started.catch(() => undefined);
    await remote?.end();
  }

  #down(pooled: PooledHost, remote: RemoteHost, why: string): void {
    pooled.retiring = true;
    pooled.idleTimer?.stop();
    pooled.recycleTimer?.stop();
    this.#restarts += 1;
    for (const instance of this.#modelsOf(pooled)()) {
      pooled.remains.add(instance.loaded);
      this.#lost(instance, why, remote.state === 'quarantined');
    }
    this.#context.relieve();
  }

  /** It has ended, whether it was asked to, crashed, or came back from what it hung in. */
  #gone(pooled: PooledHost): void {
    const { stuck } = this.#context;
    this.#hosts.delete(pooled);
    pooled.charge?.free();
    for (const instance of stuck) {
      if (!pooled.remains.has(instance.loaded)) continue;
      instance.charge.free();
      stuck.delete(instance);
    }
    this.#context.relieve();
  }

  #modelsOf(pooled: PooledHost): () => Instance[] {
    return () => [...this.#context.residents].filter(({ loaded }) => pooled.models.has(loaded));
  }
}

function isHostMissing(error: unknown): boolean {
  return (error as { hostMissing?: unknown } | null)?.hostMissing === true;
}
