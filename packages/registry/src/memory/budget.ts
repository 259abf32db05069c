import type { Ledger, LedgerEntry } from './ledger.js';

/**
 * What one charge holds at most: 1 PiB, which no machine has. Whatever a loader says of itself, the sums stay whole
 * numbers that a double holds, so that what is added is what is taken off again.
 */
const LARGEST_CHARGE_BYTES = 2 ** 50;

/** Bytes held against the budget for one instance, from its reservation until its dispose has finished. */
export interface Charge {
  readonly bytes: number;
  /** What it is for: bytes promised to a load, or bytes that a loaded model holds. */
  readonly kind: 'reserved' | 'used' | 'freed';
  /** Replaces the reservation by what was measured. */
  commit(bytes: number): void;
  /** Replaces what was measured by a later measurement. */
  update(bytes: number): void;
  /** Takes `bytes` for a host that the load started out of the reservation, as far as it goes. */
  split(bytes: number): Charge;
  /** Gives the bytes back; idempotent. */
  free(): void;
}

/**
 * The books: what is reserved for loads, what models and hosts hold, what is left.
 * It decides nothing; a deficit is possible where a model turns out larger than its reservation, or the budget shrinks.
 */
export class MemoryBudget {
  readonly #ledger: Ledger;
  readonly #changed: (kind: LedgerEntry['kind']) => void;
  #budgetBytes: number;
  /** By what the bytes are for. */
  readonly #held = { reserved: 0, model: 0, host: 0 };

  /** @param changed told of every change of the books */
  constructor(budgetBytes: number, ledger: Ledger, changed: (kind: LedgerEntry['kind']) => void = () => {}) {
    this.#budgetBytes = budgetBytes;
    this.#ledger = ledger;
    this.#changed = changed;
  }

  /** What may be held; follows the container's limit where the budget is derived from it. */
  get budgetBytes(): number {
    return this.#budgetBytes;
  }

  set budgetBytes(bytes: number) {
    this.#budgetBytes = bytes;
    this.#ledger.balance('the budget', this);
  }

  /** Bytes of loaded models and of hosts, those that are being disposed included. */
  get usedBytes(): number {
    return this.#held.model + this.#held.host;
  }

  /** What hosts that models share take by themselves. */
  get hostBytes(): number {
    return this.#held.host;
  }

  /** Bytes promised to loads that have not finished. */
  get reservedBytes(): number {
    return this.#held.reserved;
  }

  /** What is left; negative is a deficit. */
  get freeBytes(): number {
    return this.#budgetBytes - this.usedBytes - this.reservedBytes;
  }

  /** @param model whose load it is for */
  reserve(bytes: number, model: string): Charge {
    return this.#charge('reserved', bytes, model, 'model');
  }

  #charge(
    first: 'reserved' | 'used',
    firstBytes: number,
    model: string,
    holder: LedgerEntry['holder'],
  ): Charge {
    let kind: Charge['kind'] = first;
    let held = 0;
    const hold = (stated: number, what: LedgerEntry['kind'], next = kind) => {
      const bytes = chargeable(stated);
      const changeBytes = bytes - held;
      if (kind !== 'freed') this.#held[kind === 'used' ? holder : 'reserved'] -= held;
      if (next !== 'freed') this.#held[next === 'used' ? holder : 'reserved'] += bytes;
      kind = next;
      held = bytes;
      const { usedBytes, reservedBytes, budgetBytes } = this;
      this.#ledger.add({
        kind: what,
        model,
        holder,
        bytes,
        changeBytes,
        usedBytes,
        reservedBytes,
        budgetBytes,
      });
      this.#changed(what);
    };
    hold(firstBytes, first === 'reserved' ? 'reserved' : 'committed');
    const split = (bytes: number) => this.#charge('used', bytes, model, 'host');
    return {
      get bytes() {
        return held;
      },
      get kind() {
        return kind;
      },
      commit(bytes) {
        if (kind === 'reserved') hold(bytes, 'committed', 'used');
      },
      update(bytes) {
        if (kind === 'used' && chargeable(bytes) !== held) hold(bytes, 'updated');
      },
      split(bytes) {
        if (kind === 'reserved') hold(Math.max(0, held - bytes), 'updated');
        return split(bytes);
      },
      free() {
        if (kind !== 'freed') hold(0, 'released', 'freed');
      },
    };
  }
}

function chargeable(bytes: number): number {
  return Math.min(Math.ceil(bytes), LARGEST_CHARGE_BYTES);
}
