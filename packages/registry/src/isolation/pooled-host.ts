import type { Timer } from '../clock.js';
import type { Instance } from '../instance.js';
import type { Charge } from '../memory/budget.js';
import type { LoadedModel, RemoteHost } from './host.js';
import type { HostView } from './placement.js';

/** A host in the pool: what lives in it, and what it is charged for itself. */
export class PooledHost implements HostView {
  readonly id: number;
  readonly kind: 'thread' | 'process';
  readonly own: boolean;
  readonly startedAt: number;
  readonly started: Promise<RemoteHost>;
  remote: RemoteHost | undefined;
  /** The models in it, each with the bytes that it is charged. */
  readonly models = new Map<LoadedModel, number>();
  /** The modules that it has loaded models of: the first of each also brought the runtime in. */
  readonly modules = new Set<string>();
  /** Models that nobody can use any more and that could not be disposed of: they go with the host. */
  readonly remains = new Set<LoadedModel>();
  /** Models that are being loaded into it. */
  loading = 0;
  /** It is being replaced, or is ending: takes no new models. */
  retiring = false;
  /** What it costs without any model; a host of one model's own is charged with its model. */
  charge: Charge | undefined;
  /** Ends it when it has been empty for long enough, or replaces it when it is old. */
  idleTimer: Timer | undefined;
  recycleTimer: Timer | undefined;

  constructor(
    id: number,
    kind: 'thread' | 'process',
    own: boolean,
    startedAt: number,
    started: Promise<RemoteHost>,
  ) {
    this.id = id;
    this.kind = kind;
    this.own = own;
    this.startedAt = startedAt;
    this.started = started;
  }

  get empty(): boolean {
    return this.loading === 0 && this.models.size === 0;
  }

  get open(): boolean {
    return !this.retiring && (this.remote === undefined || this.remote.state === 'up');
  }

  get bytes(): number {
    return this.remote?.bytes ?? 0;
  }

  /** Takes over what the host has measured since it was last charged. */
  remeasured(instances: readonly Instance[]): void {
    for (const instance of instances) {
      const { loaded } = instance;
      const bytes = loaded.heldBytes?.();
      if (bytes === undefined) continue;
      this.models.set(loaded, bytes);
      instance.remeasured(bytes, this.own ? Math.max(0, this.bytes - bytes) : 0);
    }
    this.recharge();
  }

  /** Charges the host with what it holds besides its models: Node, the runtimes, what evicted models left behind. */
  recharge(): void {
    if (this.remote === undefined || this.loading > 0) return;
    let ofModels = 0;
    for (const bytes of this.models.values()) ofModels += bytes;
    this.charge?.update(Math.max(this.remote.ownBytes, this.remote.bytes - ofModels));
  }
}
