/**
 * A model's life:
 *
 * ```
 *            ┌──────────── all waiters left ────────────┐
 *            ▼                                          │
 *  idle ─▶ queued ─▶ loading ─▶ ready ─▶ draining ─▶ (idle)
 *            ▲  │       │         ▲─ not drained in time ─┘
 *            │  ▼       ▼
 *            └─ failed ◀┘
 * ```
 *
 * A model whose host dies goes from `ready` to `idle`, or to `failed` where it keeps ending its hosts.
 */
export type ModelState =
  /** Not in memory, nobody waits. */
  | 'idle'
  /** Wanted; waits for a load slot, for memory or for the next try. */
  | 'queued'
  /** Its loader runs. */
  | 'loading'
  /** In memory and usable. Published after the waiters have their leases. */
  | 'ready'
  /** Leaving: takes no new lease, waits for the last one, is disposed. Published before it stops. */
  | 'draining'
  /** The last try failed; requests are refused until the cool-down is over. */
  | 'failed';

const NEXT: Readonly<Record<ModelState, readonly ModelState[]>> = {
  idle: ['queued'],
  queued: ['loading', 'idle', 'failed'],
  loading: ['ready', 'failed', 'idle', 'queued'],
  ready: ['draining', 'idle', 'failed'],
  draining: ['idle', 'ready'],
  failed: ['queued', 'idle'],
};

export function isLegal(from: ModelState, to: ModelState): boolean {
  return NEXT[from].includes(to);
}

/** What a state machine needs of its owner. */
export interface Stateful {
  readonly name: string;
  state: ModelState;
}

/** Told of every change, after it. */
export interface TransitionObserver {
  changed(subject: Stateful, from: ModelState, to: ModelState): void;
  illegal(subject: Stateful, from: ModelState, to: ModelState): void;
}

/** The one place a state changes. An illegal change is not made, it is reported. */
export function transition(subject: Stateful, to: ModelState, observer: TransitionObserver): void {
  const from = subject.state;
  if (!isLegal(from, to)) return observer.illegal(subject, from, to);
  subject.state = to;
  observer.changed(subject, from, to);
}
