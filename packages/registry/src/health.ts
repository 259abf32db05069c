import type { Admission } from './admission.js';
import type { RegistryContext } from './context.js';
import type { ModelEntry } from './model-entry.js';

/** How far past its deadline a decision may be before the scheduler counts as stuck. */
const GRACE_MS = 1_000;

/**
 * Whether every decision is within its deadline. It looks at the clock, not at what the scheduler says of itself, so
 * that one that is stuck turns red by itself.
 */
export function isOnTime(
  context: RegistryContext,
  admission: Admission,
  flying: Iterable<ModelEntry>,
): boolean {
  if (!context.hosts.healthy) return false;
  const { clock, memory, load } = context.settings;
  const now = clock.now();
  if (now - (admission.blockedSince ?? now) > memory.waitTimeoutMs + GRACE_MS) return false;
  for (const { flight, state, definition } of flying) {
    if (state !== 'loading' || flight?.startedAt === undefined) continue;
    if (now - flight.startedAt > (definition.loadTimeoutMs ?? load.timeoutMs) + GRACE_MS) return false;
  }
  return true;
}
