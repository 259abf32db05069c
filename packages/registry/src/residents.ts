import { type Order, Victims } from './eviction/victims.js';
import type { Instance } from './instance.js';
import { Tally } from './tally.js';

/** Loaded and usable copies; those that could be evicted in their order, and what the pinned ones hold. */
export class Residents extends Set<Instance> {
  /** `undefined` where the policy gives no order that could be kept. */
  readonly victims: Victims<Instance> | undefined;
  readonly #pinned = new Tally();

  constructor(order: Order<Instance> | undefined) {
    super();
    this.victims = order && new Victims(order);
  }

  get pinnedBytes(): number {
    return this.#pinned.bytes;
  }

  override add(instance: Instance): this {
    if (instance.entry.pinned) this.#pinned.add(instance);
    return super.add(instance);
  }

  override delete(instance: Instance): boolean {
    this.#pinned.delete(instance);
    this.victims?.delete(instance);
    return super.delete(instance);
  }

  /** Its use has ended, or what else was being done with it. */
  unused(instance: Instance): void {
    if (!instance.evictable) return;
    instance.unranked = false;
    this.victims?.add(instance);
  }

  /** Its bytes are others than before. */
  resized(instance: Instance): void {
    this.#pinned.recount(instance);
    this.victims?.delete(instance);
    instance.unranked = true;
    this.unused(instance);
  }
}
