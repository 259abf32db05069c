import { planEviction, planRepayment, type Score } from './eviction/planner.js';
import type { EvictionCandidate } from './eviction/policy.js';

export type Priority = 'live' | 'background';

/** A load that waits for a slot and for memory. */
export interface QueuedLoad {
  /** What it will reserve. */
  readonly bytes: number;
  readonly priority: Priority;
  /** The order of arrival. */
  readonly order: number;
  /** A background load pushes out only models loaded before this point in the order of arrivals and loads. */
  readonly asOf: number;
  /** It has been blocked for so long that nothing behind it may start before it. */
  readonly overdue: boolean;
}

/** A loaded model that could go. */
export interface Resident extends EvictionCandidate {
  /** When it became ready, in the order of arrivals and loads. */
  readonly order: number;
  /** Until then evicting it would thrash: it was itself just brought back. */
  readonly freshUntil: number;
}

/** All that a decision depends on. */
export interface SchedulerView<L extends QueuedLoad, R extends Resident> {
  readonly queue: readonly L[];
  /** Loads that may start now, by `load.concurrency`. */
  readonly freeSlots: number;
  readonly budgetBytes: number;
  /** Budget less used and reserved bytes; negative is a deficit. */
  readonly freeBytes: number;
  /** Bytes of models that are being disposed: they will be free. */
  readonly comingBytes: number;
  /** Bytes that no wait will free: pinned models, and those whose dispose failed. */
  readonly immovableBytes: number;
  /** Evictable models, in registration order. */
  readonly residents: readonly R[];
  readonly now: number;
  readonly score: Score;
}

export type Decision<L, R> =
  | { readonly kind: 'start'; readonly load: L }
  | { readonly kind: 'evict'; readonly victims: readonly R[]; readonly load?: L; readonly needBytes: number }
  | { readonly kind: 'refuse'; readonly load: L; readonly reason: 'too-large' | 'no-room' }
  | { readonly kind: 'block'; readonly load: L }
  /** Its room is on its way: what is being evicted will do. */
  | { readonly kind: 'promise'; readonly load: L };

export interface Schedule<L, R> {
  readonly decisions: readonly Decision<L, R>[];
  /** When the same question may have another answer though nothing else happens. */
  readonly recheckAt: number;
}

/**
 * Decides which loads start, what is evicted for those that need room, and who waits. Pure, and made from scratch
 * each time, so a plan cannot drift from the books. A load that no decision names waits as it did before.
 *
 * Live loads go before background ones, then first come, first served. A load that finds no room is passed by others
 * that do, until it is overdue. Each load is promised the bytes that come back for it, so two never count on the same.
 */
export function schedule<L extends QueuedLoad, R extends Resident>(
  view: SchedulerView<L, R>,
): Schedule<L, R> {
  const decisions: Decision<L, R>[] = [];
  let free = view.freeBytes;
  let coming = view.comingBytes;
  let slots = view.freeSlots;
  let recheckAt = Number.POSITIVE_INFINITY;
  const taken = new Set<R>();
  const refuseOrBlock = (load: L) => {
    const isHopeless = load.priority === 'background' || load.bytes > view.budgetBytes - view.immovableBytes;
    decisions.push(isHopeless ? { kind: 'refuse', load, reason: 'no-room' } : { kind: 'block', load });
    return isHopeless;
  };
  const evict = (victims: readonly R[], needBytes: number, load?: L) => {
    if (victims.length === 0) return;
    for (const victim of victims) taken.add(victim);
    coming += victims.reduce((sum, victim) => sum + victim.bytes, 0);
    decisions.push({ kind: 'evict', victims, needBytes, ...(load !== undefined && { load }) });
  };

  if (free < 0) {
    const needBytes = -free - coming;
    if (needBytes > 0) evict(planRepayment(view.residents, needBytes, view.score), needBytes);
  }
  const isInDeficit = free < 0;
  const isRepaid = isInDeficit && free + coming >= 0;

  for (const load of [...view.queue].sort(byUrgency)) {
    if (load.bytes > view.budgetBytes) {
      decisions.push({ kind: 'refuse', load, reason: 'too-large' });
      continue;
    }
    if (slots === 0 || isRepaid) continue;
    if (isInDeficit) {
      refuseOrBlock(load);
      continue;
    }
    if (load.bytes <= free) {
      decisions.push({ kind: 'start', load });
      free -= load.bytes;
      slots -= 1;
      continue;
    }
    const needBytes = load.bytes - free - coming;
    if (needBytes > 0) {
      const candidates = view.residents.filter(
        (resident) => !taken.has(resident) && isVictimFor(resident, load, view.now),
      );
      const victims = planEviction(candidates, needBytes, view.score);
      if (victims === undefined) {
        recheckAt = Math.min(
          recheckAt,
          ...view.residents.map((resident) => laterThan(resident.freshUntil, view.now)),
        );
        if (!refuseOrBlock(load) && load.overdue) slots = 0;
        continue;
      }
      evict(victims, needBytes, load);
    }
    decisions.push({ kind: 'promise', load });
    coming -= load.bytes - free;
    free = 0;
  }
  return { decisions, recheckAt };
}

function byUrgency(a: QueuedLoad, b: QueuedLoad): number {
  if (a.priority !== b.priority) return a.priority === 'live' ? -1 : 1;
  return a.order - b.order;
}

/** A preload never pushes out what the same preload has just brought in. */
function isVictimFor(resident: Resident, load: QueuedLoad, now: number): boolean {
  return resident.freshUntil <= now && (load.priority === 'live' || resident.order < load.asOf);
}

function laterThan(time: number, now: number): number {
  return time > now ? time : Number.POSITIVE_INFINITY;
}
