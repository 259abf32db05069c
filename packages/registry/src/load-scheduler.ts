import { planEviction, planRepayment } from './eviction/planner.js';
import type { Limits, Resident, Victims } from './eviction/victims.js';

/**
 * How many loads may have their room on its way at a time. Enough that slow disposes do not hold up the next; more would
 * only evict early what is still of use, since few loads run at once, and each decision goes through them.
 */
const MOST_PROMISED = 16;

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

/** All that a decision depends on. */
export interface SchedulerView<L extends QueuedLoad, R extends Resident> {
  /** By {@link urgency}, then by the order of arrival; read only as far as there is something to decide. */
  readonly queue: Iterable<L>;
  /** Loads that may start now, by `load.concurrency`. */
  readonly freeSlots: number;
  readonly budgetBytes: number;
  /** Budget less used and reserved bytes; negative is a deficit. */
  readonly freeBytes: number;
  /** Bytes of models that are being disposed: they will be free. */
  readonly comingBytes: number;
  /** Bytes that no wait will free: pinned models, and those whose dispose failed. */
  readonly immovableBytes: number;
  /** What could be evicted, asked for only where something has to be. It holds the same before and after. */
  readonly victims: () => Victims<R>;
  readonly now: number;
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
 * Decides which loads start, what is evicted for those that need room, and who waits. It changes nothing, and is made
 * from scratch each time, so a plan cannot drift from the books. A load that no decision names waits as it did before.
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
  let promised = 0;
  let recheckAt = Number.POSITIVE_INFINITY;
  const taken: R[] = [];
  const refuseOrBlock = (load: L) => {
    const isHopeless = load.priority === 'background' || load.bytes > view.budgetBytes - view.immovableBytes;
    decisions.push(isHopeless ? { kind: 'refuse', load, reason: 'no-room' } : { kind: 'block', load });
    return isHopeless;
  };
  const evict = (victims: readonly R[], needBytes: number, load?: L) => {
    if (victims.length === 0) return;
    taken.push(...victims);
    coming += victims.reduce((sum, victim) => sum + victim.bytes, 0);
    decisions.push({ kind: 'evict', victims, needBytes, ...(load !== undefined && { load }) });
  };

  if (free < 0) {
    const needBytes = -free - coming;
    if (needBytes > 0) evict(planRepayment(view.victims(), needBytes), needBytes);
  }
  const isInDeficit = free < 0;
  const isRepaid = isInDeficit && free + coming >= 0;

  for (const load of view.queue) {
    if (load.bytes > view.budgetBytes) {
      decisions.push({ kind: 'refuse', load, reason: 'too-large' });
      continue;
    }
    if (slots === 0 || isRepaid || promised === MOST_PROMISED) break;
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
      const victims = planEviction(view.victims(), needBytes, limitsFor(load, view.now));
      if (victims === undefined) {
        recheckAt = view.victims().freshUntil(view.now);
        if (!refuseOrBlock(load) && load.overdue) slots = 0;
        continue;
      }
      evict(victims, needBytes, load);
    }
    decisions.push({ kind: 'promise', load });
    promised += 1;
    coming -= load.bytes - free;
    free = 0;
  }
  for (const victim of taken) view.victims().add(victim);
  return { decisions, recheckAt };
}

/** The lowest goes first: what is refused without a slot and without a wait, then the live loads. */
export function urgency({ bytes, priority }: QueuedLoad, budgetBytes: number): number {
  if (bytes > budgetBytes) return 0;
  return priority === 'live' ? 1 : 2;
}

/** A preload never pushes out what the same preload has just brought in. */
function limitsFor({ priority, asOf }: QueuedLoad, now: number): Limits {
  return { asOf: priority === 'live' ? Number.POSITIVE_INFINITY : asOf, now };
}
