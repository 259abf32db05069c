import { type Clock, ModelRegistry } from '@warmset/registry';
import { fakeMemoryProbe } from '@warmset/registry/testing';
import type { RegistryScript } from './scripts.js';

/** A registry as its script says, without models. */
export function openRegistry(script: RegistryScript, clock: Clock): ModelRegistry {
  const { budgetBytes, waitTimeoutMs, concurrency, loadTimeoutMs, stallTimeoutMs, idleTimeoutMs } = script;
  return new ModelRegistry({
    clock,
    memory: { budgetBytes, waitTimeoutMs, probe: fakeMemoryProbe() },
    load: {
      concurrency,
      timeoutMs: loadTimeoutMs,
      retries: script.retries,
      cooldownMs: script.cooldownMs,
      ...(stallTimeoutMs !== undefined && { stallTimeoutMs }),
    },
    eviction: policyOf(script.eviction),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
  });
}

function policyOf(eviction: RegistryScript['eviction']) {
  if (eviction === 'nan') return { name: 'nan', score: () => Number.NaN };
  if (eviction !== 'throws') return eviction;
  return {
    name: 'throws',
    score: (): number => {
      throw new Error('the policy failed');
    },
  };
}
