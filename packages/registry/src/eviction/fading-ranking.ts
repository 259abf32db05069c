import { Ranking } from '../ranking.js';
import type { Order } from './victims.js';

/** Says what things in a {@link FadingRanking} are worth. */
export interface FadingRules<T> {
  /** One of few values; does not fall while the thing is in here. */
  weight(item: T): number;
  /** Milliseconds on the registry's clock; does not fall either. */
  since(item: T): number;
  /** `weight / (now - since)`, or what comes to the same order. */
  score(item: T, now: number): number;
  /** Decides between equal scores; no two things share it. */
  tie(item: T): number;
}

/**
 * Things in the order of a score that fades with time, each at its own rate. Two of the same weight never change places
 * by themselves, so those are kept in order of age, and only the oldest of each weight are compared when one is drawn:
 * O(weights + log n). (A heap for each rounded weight is what CAMP has for Greedy-Dual: Ghandeharizadeh et al.,
 * Middleware 2014.)
 */
export class FadingRanking<T extends { readonly bytes: number }> implements Order<T> {
  readonly #rules: FadingRules<T>;
  readonly #byWeight = new Map<number, Ranking<T>>();
  /** Under which weight each is: one that it has outgrown, perhaps. */
  readonly #weights = new Map<T, number>();
  #bytes = 0;

  constructor(rules: FadingRules<T>) {
    this.#rules = rules;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(item: T): boolean {
    return this.#weights.has(item);
  }

  add(item: T): void {
    this.delete(item);
    const { weight, since, tie } = this.#rules;
    const under = weight(item);
    const alike = this.#byWeight.get(under) ?? new Ranking<T>({ key: since, tie });
    this.#byWeight.set(under, alike);
    this.#weights.set(item, under);
    this.#bytes -= alike.bytes;
    alike.add(item);
    this.#bytes += alike.bytes;
  }

  delete(item: T): void {
    const under = this.#weights.get(item);
    const alike = under === undefined ? undefined : this.#byWeight.get(under);
    if (under === undefined || alike === undefined) return;
    this.#weights.delete(item);
    this.#bytes -= alike.bytes;
    alike.delete(item);
    this.#bytes += alike.bytes;
    if (alike.size === 0) this.#byWeight.delete(under);
  }

  draw(now: number): T | undefined {
    const { score, tie } = this.#rules;
    this.#sendOn();
    let lowest: T | undefined;
    let lowestScore = Number.POSITIVE_INFINITY;
    for (const alike of this.#byWeight.values()) {
      const oldest = alike.first();
      if (oldest === undefined) continue;
      const its = score(oldest, now);
      if (lowest !== undefined && (its > lowestScore || (its === lowestScore && tie(oldest) > tie(lowest)))) {
        continue;
      }
      lowest = oldest;
      lowestScore = its;
    }
    if (lowest !== undefined) this.delete(lowest);
    return lowest;
  }

  /** Whose uses have made it heavier moves, before it could be compared as the oldest of a weight that is not its own. */
  #sendOn(): void {
    // A weight that is another at every look must not keep this going for ever: each moves once.
    let moves = this.#weights.size;
    for (const [weight, alike] of this.#byWeight) {
      for (let oldest = alike.first(); oldest !== undefined && moves > 0; oldest = alike.first()) {
        if (this.#rules.weight(oldest) === weight) break;
        this.add(oldest);
        moves -= 1;
      }
    }
  }
}
