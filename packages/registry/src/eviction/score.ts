import type { RegistryContext } from '../context.js';
import { describeValue, ignoreRejection } from '../errors.js';
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

/** Where a policy throws or gives no number that is reported, once for each copy, and the last use is taken instead. */
function guarded(read: (instance: Instance, now: number) => unknown, warn: RegistryContext['warn']): Score {
  const instead = 'its last use was taken instead';
  const told = new WeakSet<Instance>();
  const tell = (instance: Instance, what: string, about?: { cause: unknown }) => {
    if (told.has(instance)) return;
    told.add(instance);
    warn(`The eviction policy ${what} for "${instance.name}"; ${instead}`, about);
  };
  return (instance, now) => {
    try {
      const value = read(instance, now);
      if (typeof value === 'number' && !Number.isNaN(value)) return value;
      tell(instance, `gave ${describeValue(value)}`);
      ignoreRejection(value);
    } catch (cause) {
      tell(instance, 'threw', { cause });
    }
    return instance.lastUsedAt;
  };
}
