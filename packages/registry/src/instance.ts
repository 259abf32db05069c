import type { EvictionCandidate } from './eviction/policy.js';
import type { LoadedModel } from './isolation/host.js';
import type { Charge } from './memory/budget.js';
import type { ModelEntry } from './model-entry.js';

/** Where a byte count comes from, the surest first. */
export type MemorySource = 'process' | 'runtime' | 'rss' | 'estimate' | 'none';

/** What was learned while the instance was loaded. */
export interface InstanceFacts {
  readonly source: MemorySource;
  /** Leases that the model had given before. */
  readonly usesBefore: number;
  readonly loadMs: number;
  readonly loadedAt: number;
  /** Its place in the order of arrivals and loads. */
  readonly order: number;
  /** Until then evicting it would thrash. */
  readonly freshUntil: number;
}

/** One loaded copy of a model, from its load to its dispose. A model has one; two during a swap. */
export class Instance implements EvictionCandidate {
  readonly entry: ModelEntry;
  readonly loaded: LoadedModel;
  readonly charge: Charge;
  readonly facts: InstanceFacts;
  leases = 0;
  /** A number from the start: V8 then stamps it in place, where a field that was once `undefined` allocates each time. */
  lastUsedAt = 0;
  /** Called once the last lease is released, while something waits for that. */
  onUnused: (() => void) | undefined;

  constructor(entry: ModelEntry, loaded: LoadedModel, charge: Charge, facts: InstanceFacts) {
    this.entry = entry;
    this.loaded = loaded;
    this.charge = charge;
    this.facts = facts;
    this.lastUsedAt = facts.loadedAt;
  }

  get name(): string {
    return this.entry.name;
  }

  get bytes(): number {
    return this.charge.bytes;
  }

  get loadMs(): number {
    return this.facts.loadMs;
  }

  get loadedAt(): number {
    return this.facts.loadedAt;
  }

  get order(): number {
    return this.facts.order;
  }

  get freshUntil(): number {
    return this.facts.freshUntil;
  }

  get uses(): number {
    return this.entry.uses;
  }

  /** Its bytes, where they were measured and not only estimated. */
  get measuredBytes(): number | undefined {
    return this.facts.source === 'estimate' || this.facts.source === 'none' ? undefined : this.bytes;
  }

  get wasUsed(): boolean {
    return this.uses > this.facts.usesBefore;
  }

  /** Nobody uses it, nobody waits for it, nothing else is being done with it. */
  get evictable(): boolean {
    const { entry } = this;
    return this.leases === 0 && !entry.pinned && entry.isSettled && entry.current === this;
  }
}
