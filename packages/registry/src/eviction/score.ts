import type { RegistryContext } from '../context.js';
import type { Instance } from '../instance.js';
import { Ranking } from '../ranking.js';
import { FadingRanking } from './fading-ranking.js';
import type { EvictionPolicy } from './policy.js';
import type { Order } from './victims.js';

/** What a resident is worth at a time. */
export type Score = (instance: Instance, now: number) => number;

/** Equal scores go by registration order. */
export const byRegistration = ({ registered }: Instance): number => registered;

/** Scores residents by the policy, and notes it in them. */
export function scoreBy(policy: EvictionPolicy, warn: RegistryContext['warn']): Score {
  const score = guarded((instance, now) => policy.score(instance, now), warn);
  return (instance, now) => {
    instance.worth = score(instance, now);
    return instance.worth;
  };
}

/** An order that can be kept from decision to decision, where the policy says how its scores change. */
export function orderBy(
  { stable, fading }: EvictionPolicy,
  score: Score,
  warn: RegistryContext['warn'],
): Order<Instance> | undefined {
  const tie = byRegistration;
  if (fading !== undefined) {
    const weight = guarded((instance) => fading.weight(instance), warn);
    const since = guarded((instance) => fading.since(instance), warn);
    return new FadingRanking<Instance>({
      weight: (instance) => weight(instance, 0),
      since: (instance) => since(instance, 0),
      score,
      tie,
    });
  }
  // Whatever the time, the score is the same.
  return stable === true ? new Ranking({ key: (instance) => score(instance, 0), tie }) : undefined;
}

/** Where a policy throws or gives `NaN` that is reported, and the last use is taken instead. */
function guarded(read: Score, warn: RegistryContext['warn']): Score {
  const instead = 'its last use was taken instead';
  return (instance, now) => {
    try {
      const value = read(instance, now);
      if (!Number.isNaN(value)) return value;
      warn(`The eviction policy gave NaN for "${instance.name}"; ${instead}`);
    } catch (cause) {
      warn(`The eviction policy threw for "${instance.name}"; ${instead}`, { cause });
    }
    return instance.lastUsedAt;
  };
}
