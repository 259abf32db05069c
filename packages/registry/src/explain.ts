import type { Clock } from './clock.js';
import type { ModelState } from './entry-state.js';
import type { BudgetDerivation } from './memory/auto-budget.js';
import type { LedgerEntry } from './memory/ledger.js';

/** Decisions kept per model. */
const KEPT = 16;

/** One decision about a model, with the numbers it was made on. */
export interface DecisionRecord {
  readonly at: number;
  readonly kind:
    | 'admitted'
    | 'blocked'
    | 'refused'
    | 'loaded'
    | 'failed'
    | 'crashed'
    | 'cancelled'
    | 'swapped'
    | 'evicted'
    | 'kept';
  /** A sentence for people. */
  readonly reason: string;
  /** Bytes end in `Bytes`, times in `Ms`. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** Why a model is where it is. */
export interface Explanation {
  readonly name: string;
  readonly state: ModelState;
  readonly summary: string;
  /** The last decisions, the oldest first. */
  readonly decisions: readonly DecisionRecord[];
  /** What the books say of it, of the last 256 changes over all models, the oldest first. */
  readonly ledger: readonly LedgerEntry[];
  /** The budget, and how it came about. */
  readonly budget: BudgetDerivation;
}

/** The last decisions of each model; a model about which nothing was decided takes no memory. */
export class DecisionLog {
  readonly #clock: Clock;
  readonly #byName = new Map<string, DecisionRecord[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(
    name: string,
    kind: DecisionRecord['kind'],
    reason: string,
    numbers: DecisionRecord['numbers'] = {},
  ): void {
    const records = this.#byName.get(name) ?? [];
    records.push({ at: this.#clock.now(), kind, reason, numbers });
    if (records.length > KEPT) records.shift();
    this.#byName.set(name, records);
  }

  forget(name: string): void {
    this.#byName.delete(name);
  }

  explain(name: string, state: ModelState): Pick<Explanation, 'name' | 'state' | 'summary' | 'decisions'> {
    const decisions = [...(this.#byName.get(name) ?? [])];
    return {
      name,
      state,
      summary: `${name} is ${state}: ${decisions.at(-1)?.reason ?? 'nothing has asked for it yet'}`,
      decisions,
    };
  }
}
