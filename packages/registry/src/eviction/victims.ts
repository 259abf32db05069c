import type { EvictionCandidate } from './policy.js';

/** A loaded model that could go. */
export interface Resident extends EvictionCandidate {
  /** Its model's place in the order of registration: decides between equal scores. */
  readonly registered: number;
  /** When it became ready, in the order of arrivals and loads. */
  readonly order: number;
  /** Until then evicting it would thrash: it was itself just brought back. */
  readonly freshUntil: number;
  /** Nobody uses it, nobody waits for it, nothing else is being done with it. */
  readonly evictable: boolean;
  /** It is not among the {@link Victims}; whoever makes it evictable adds it. */
  unranked: boolean;
}

/** Residents in the order of their scores. */
export interface Order<R> {
  /** Of all that is in here. */
  readonly bytes: number;
  has(resident: R): boolean;
  /** Adds one, or places it anew. */
  add(resident: R): void;
  delete(resident: R): void;
  /** Takes out the one whose score is the lowest at that time. */
  draw(now: number): R | undefined;
}

/** Which residents may go for a load. */
export interface Limits {
  /** Only those that became ready before this point in the order of arrivals and loads. */
  readonly asOf: number;
  /** Only those that are not fresh at this time. */
  readonly now: number;
}

/** For what must come back whatever it takes: everything that is evictable may go. */
export const NO_LIMITS: Limits = { asOf: Number.POSITIVE_INFINITY, now: Number.POSITIVE_INFINITY };

/**
 * What could be evicted, the lowest score first. Residents that turn out to be in use when their turn comes leave, and
 * are told so by `unranked`: their next release brings them back, so that a hit on any other has nothing to do here.
 */
export class Victims<R extends Resident> {
  readonly #order: Order<R>;
  /** Loaded after the last limits' `asOf`; left out until the limits change, or each such draw would meet them again. */
  readonly #newer = new Set<R>();
  /** Few: as many as there are loads in the time that one takes. */
  readonly #fresh = new Set<R>();
  #asOf = Number.POSITIVE_INFINITY;
  #now = 0;

  constructor(order: Order<R>) {
    this.#order = order;
  }

  /** Sets the time that scores are taken at. */
  at(now: number): this {
    this.#now = now;
    return this;
  }

  /** Adds one that is evictable, or takes back one that was drawn. */
  add(resident: R): void {
    resident.unranked = false;
    // Nothing comes back for what holds nothing.
    if (resident.bytes <= 0) return;
    this.#order.add(resident);
    if (resident.freshUntil <= resident.loadedAt) return;
    for (const fresh of this.#fresh) if (fresh.freshUntil <= resident.loadedAt) this.#fresh.delete(fresh);
    this.#fresh.add(resident);
  }

  delete(resident: R): void {
    this.#order.delete(resident);
    this.#newer.delete(resident);
    this.#fresh.delete(resident);
  }

  /** At least what all that may go would free: what could never be enough need not be drawn. */
  bytes(limits: Limits): number {
    this.#keep(limits.asOf);
    let { bytes } = this.#order;
    for (const resident of this.#fresh) {
      if (resident.freshUntil > limits.now && this.#order.has(resident)) bytes -= resident.bytes;
    }
    return bytes;
  }

  /** Takes out the lowest score of those that may go; whoever draws adds what it does not evict. */
  draw(limits: Limits): R | undefined {
    this.#keep(limits.asOf);
    const passed: R[] = [];
    let drawn = this.#order.draw(this.#now);
    for (; drawn !== undefined; drawn = this.#order.draw(this.#now)) {
      if (!drawn.evictable) drawn.unranked = true;
      else if (drawn.order >= limits.asOf) this.#newer.add(drawn);
      else if (drawn.freshUntil > limits.now) passed.push(drawn);
      else break;
    }
    for (const resident of passed) this.add(resident);
    return drawn;
  }

  /** When the first of the fresh ones may go; `Infinity` where there is none. */
  freshUntil(now: number): number {
    let until = Number.POSITIVE_INFINITY;
    for (const { freshUntil } of this.#fresh) if (freshUntil > now) until = Math.min(until, freshUntil);
    return until;
  }

  #keep(asOf: number): void {
    if (asOf === this.#asOf) return;
    this.#asOf = asOf;
    for (const resident of this.#newer) this.#order.add(resident);
    this.#newer.clear();
  }
}
