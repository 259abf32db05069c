import type { Resident } from './eviction/victims.js';
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
  /** Until then evicting it would thrash. */
  readonly freshUntil: number;
}

/** One loaded copy of a model, from its load to its dispose. A model has one; two during a swap. */
export class Instance implements Resident {
  readonly entry: ModelEntry;
  readonly loaded: LoadedModel;
  readonly charge: Charge;
  readonly facts: InstanceFacts;
  /** Of the charge, what is its own host's. */
  #hostBytes: number;
  leases = 0;
  /** A number from the start: V8 then stamps it in place, where a field that was once `undefined` allocates each time. */
  lastUsedAt = 0;
  /** The registry's inflation at its last use. */
  inflation = 0;
  /** Its place in the order of arrivals and loads, from when it became ready. */
  order = 0;
  unranked = true;
  /** Its score when it was last looked at. */
  worth = 0;
  /** Called once the last lease is released, while something waits for that. */
  onUnused: (() => void) | undefined;

  constructor(entry: ModelEntry, loaded: LoadedModel, charge: Charge, facts: InstanceFacts) {
    this.entry = entry;
    this.loaded = loaded;
    this.charge = charge;
    this.facts = facts;
    this.lastUsedAt = facts.loadedAt;
    this.#hostBytes = loaded.hostBytes ?? 0;
  }

  get name(): string {
    return this.entry.name;
  }

  /** What evicting it brings back, its own host included. */
  get bytes(): number {
    return this.charge.bytes;
  }

  /** What it holds itself. */
  get modelBytes(): number {
    return Math.max(0, this.charge.bytes - this.#hostBytes);
  }

  get loadMs(): number {
    return this.facts.loadMs;
  }

  get loadedAt(): number {
    return this.facts.loadedAt;
  }

  get registered(): number {
    return this.entry.order;
  }

  get freshUntil(): number {
    return this.facts.freshUntil;
  }

  get gapMs(): number {
    return this.entry.gapMs;
  }

  get uses(): number {
    return this.entry.uses;
  }

  /** Its own bytes, where they were measured and not only estimated. */
  get measuredBytes(): number | undefined {
    return this.facts.source === 'estimate' || this.facts.source === 'none' ? undefined : this.modelBytes;
  }

  /**
   * Its host has measured it again: runs made it larger, as a rule.
   *
   * @param hostBytes what the host takes besides, where it is the model's own
   */
  remeasured(bytes: number, hostBytes: number): void {
    this.#hostBytes = hostBytes;
    this.charge.update(bytes + hostBytes);
    this.entry.measuredBytes = this.measuredBytes ?? this.entry.measuredBytes;
    this.entry.resized(this);
  }

  get wasUsed(): boolean {
    return this.uses > this.facts.usesBefore;
  }

  get evictable(): boolean {
    const { entry } = this;
    return this.leases === 0 && !entry.pinned && entry.isSettled && entry.current === this;
  }
}
