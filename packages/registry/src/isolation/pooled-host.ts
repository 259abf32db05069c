import type { Timer } from '../clock.js';
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
  /** The models in it. */
  readonly models = new Set<LoadedModel>();
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
    if (this.retiring || (this.remote !== undefined && this.remote.state !== 'up')) return false;
    return !this.own || this.empty;
  }

  get bytes(): number {
    return this.remote?.bytes ?? 0;
  }
}
