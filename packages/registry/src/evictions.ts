import type { RegistryContext } from './context.js';
import type { EvictionReason } from './events.js';
import { planRepayment } from './eviction/planner.js';
import { byRegistration } from './eviction/score.js';
import { Victims } from './eviction/victims.js';
import type { Instance } from './instance.js';
import { Ranking } from './ranking.js';

/** Evicts a copy that nobody uses; its bytes are on their way back when this returns. */
export type Evict = (victim: Instance, reason: EvictionReason, because: string, needBytes: number) => void;

/** Evictions for want of memory: who could go, and what an eviction does to the worth of all others. */
export class Evictions {
  readonly #context: RegistryContext;
  readonly #evict: Evict;

  constructor(context: RegistryContext, evict: Evict) {
    this.#context = context;
    this.#evict = evict;
  }

  /** What could be evicted at this time: kept in order where the policy allows it, else put in order now. */
  victims(now: number): Victims<Instance> {
    const { residents, score } = this.#context;
    if (residents.victims !== undefined) return residents.victims.at(now);
    const victims = new Victims<Instance>(new Ranking({ key: ({ worth }) => worth, tie: byRegistration }));
    for (const instance of residents) {
      if (!instance.evictable) continue;
      score(instance, now);
      victims.add(instance);
    }
    return victims;
  }

  /** @param needBytes what the eviction is for, for `explain()` */
  evict(victim: Instance, reason: EvictionReason, because: string, needBytes: number): void {
    const context = this.#context;
    if (Number.isFinite(victim.worth)) context.inflation = Math.max(context.inflation, victim.worth);
    this.#evict(victim, reason, because, needBytes);
  }

  /** Evicts what is idle, the cheapest first, to bring back `needBytes`, as far as it goes. */
  relieve(needBytes: number, because: string): number {
    const supply = this.victims(this.#context.settings.clock.now());
    const victims = planRepayment(supply, needBytes);
    for (const victim of victims) supply.add(victim);
    let comingBytes = 0;
    for (const victim of victims) {
      // A listener that heard of the one before may have taken it into use.
      if (!victim.evictable) continue;
      comingBytes += victim.bytes;
      this.evict(victim, 'memory-pressure', because, needBytes);
    }
    return comingBytes;
  }
}
