import type { RegistryContext } from '../context.js';
import { modelError } from '../errors.js';
import type { Instance } from '../instance.js';
import type { ModelEntry } from '../model-entry.js';

/** Crashes further apart than this are taken for accidents. */
const STREAK_MS = 60_000;

/** The longest cool-down of a model that keeps ending its hosts. */
const LONGEST_COOLDOWN_MS = 300_000;

/**
 * What becomes of a model whose host died: its next request loads it anew. One that does it again within a minute, with
 * a request under way, cools down first, each time for twice as long.
 */
export function loseInstance(
  context: RegistryContext,
  instance: Instance,
  why: string,
  quarantined: boolean,
): void {
  const { entry } = instance;
  context.decisions.add(entry.name, 'crashed', `its host died: ${why}`, { leases: instance.leases });
  if (entry.state === 'draining') {
    // Nothing keeps it from going now, also not a lease that is still held: whoever drains it does the rest.
    instance.onUnused?.();
    return;
  }
  context.residents.delete(instance);
  if (quarantined) context.stuck.add(instance);
  else instance.charge.free();
  const suspect = instance.leases > 0;
  if (entry.current !== instance || entry.state !== 'ready') return;
  entry.lastUsedAt = instance.lastUsedAt;
  entry.current = undefined;
  // A swap under way brings the next copy, or finds that there is none to keep.
  if (entry.flight !== undefined) return;
  const cooldownMs = suspect ? strike(context, entry) : 0;
  if (cooldownMs > 0) coolDown(context, entry, why, cooldownMs);
  else entry.moveTo('idle');
  if (entry.waiting > 0) context.wanted(entry);
}

/**
 * Whether it had requests in a host that died lately. It then gets a host of its own: should it have been the one, its
 * next crash takes nobody along; should it not, the next crash of the one that was does not take it along.
 */
export function isSuspect({ crashes }: ModelEntry, now: number): boolean {
  return crashes !== undefined && now - crashes.at <= STREAK_MS;
}

/** Counts a crash, and says how long the model is to cool down for it. */
function strike({ settings }: RegistryContext, entry: ModelEntry): number {
  const now = settings.clock.now();
  const { count = 0, at = now } = entry.crashes ?? {};
  const streak = now - at > STREAK_MS ? 1 : count + 1;
  entry.crashes = { count: streak, at: now };
  return streak < 2 ? 0 : Math.min(LONGEST_COOLDOWN_MS, settings.load.cooldownMs * 2 ** (streak - 2));
}

function coolDown({ settings, emitter }: RegistryContext, entry: ModelEntry, why: string, ms: number): void {
  const at = settings.clock.now();
  const error = modelError('ERR_MODEL_CRASHED', entry.name, `keeps ending its host: ${why}`, {
    retryAfterMs: ms,
  });
  entry.failure = { error, at, retryAt: at + ms };
  entry.queue.rejectAll(error);
  entry.moveTo('failed');
  emitter.emit('failed', { name: entry.name, error, retryAt: at + ms });
}
