import type { IsolationKind } from './host.js';

/** How models are spread over hosts: by size, all on one, or one host each. */
export type PlacementPolicy = 'auto' | 'shared' | 'per-model';

/** A host as the placement sees it. */
export interface HostView {
  readonly kind: IsolationKind;
  /** Made for one large model: it ends with it. */
  readonly own: boolean;
  /** Takes new models: it is up and not being replaced. */
  readonly open: boolean;
  readonly bytes: number;
}

export interface PlacementRequest<H extends HostView> {
  readonly kind: IsolationKind;
  /** `undefined` where the model's size is not known; it then counts as small. */
  readonly estimatedBytes: number | undefined;
  readonly policy: PlacementPolicy;
  /** From this estimate on a model gets a host of its own, in bytes. */
  readonly ownHostBytes: number;
  readonly maxHosts: number;
  readonly hosts: readonly H[];
}

export type Placement<H> = { readonly host: H } | { readonly start: 'own' | 'shared' };

/**
 * Which host a model goes to. Pure. A large one gets a host of its own, since evicting it is then ending the host, and
 * all its memory comes back; small ones share one. The last host that `maxHosts` allows is a shared one, so that there
 * is always one that takes what comes next.
 */
export function place<H extends HostView>(request: PlacementRequest<H>): Placement<H> {
  const { kind, estimatedBytes = 0, policy, ownHostBytes, maxHosts } = request;
  const shared = fewestBytes(request.hosts.filter((host) => host.kind === kind && host.open && !host.own));
  const wantsOwn = policy === 'per-model' || (policy === 'auto' && estimatedBytes >= ownHostBytes);
  const left = maxHosts - request.hosts.length;
  if (wantsOwn && left > (shared === undefined ? 1 : 0)) return { start: 'own' };
  return shared === undefined ? { start: 'shared' } : { host: shared };
}

function fewestBytes<H extends HostView>(hosts: readonly H[]): H | undefined {
  return hosts.reduce<H | undefined>(
    (least, host) => (least === undefined || host.bytes < least.bytes ? host : least),
    undefined,
  );
}
