/** What a charge is for: bytes promised to a load, or bytes that a loaded model holds. */
type ChargeKind = 'reserved' | 'used';

/** Bytes held against the budget for one instance, from its reservation until its dispose has finished. */
export interface Charge {
  readonly bytes: number;
  readonly kind: ChargeKind | 'freed';
  /** Replaces the reservation by what was measured. */
  commit(bytes: number): void;
  /** Replaces what was measured by a later measurement. */
  update(bytes: number): void;
  /** Takes `bytes` for something else out of the reservation, as far as it goes: a host that the load started. */
  split(bytes: number): Charge;
  /** Gives the bytes back; idempotent. */
  free(): void;
}

/**
 * The books: what is reserved for loads, what loaded models hold, what is left.
 * It decides nothing; a deficit is possible where a model turns out larger than its reservation.
 */
export class MemoryBudget {
  readonly budgetBytes: number;
  #usedBytes = 0;
  #reservedBytes = 0;

  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes;
  }

  /** Bytes of loaded models, those that are being disposed included. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Bytes promised to loads that have not finished. */
  get reservedBytes(): number {
    return this.#reservedBytes;
  }

  /** What is left; negative is a deficit. */
  get freeBytes(): number {
    return this.budgetBytes - this.#usedBytes - this.#reservedBytes;
  }

  reserve(bytes: number): Charge {
    const move = (from: ChargeKind | 'freed', to: ChargeKind | 'freed', taken: number, given: number) => {
      this.#add(from, -taken);
      this.#add(to, given);
    };
    let kind: ChargeKind | 'freed' = 'reserved';
    let held = bytes;
    this.#add('reserved', bytes);
    const reserve = () => this.reserve(0);
    return {
      get bytes() {
        return held;
      },
      get kind() {
        return kind;
      },
      commit(measured) {
        if (kind !== 'reserved') return;
        move('reserved', 'used', held, measured);
        kind = 'used';
        held = measured;
      },
      update(measured) {
        if (kind !== 'used') return;
        move('used', 'used', held, measured);
        held = measured;
      },
      split(part) {
        if (kind === 'reserved') {
          const taken = Math.min(held, part);
          move('reserved', 'reserved', taken, 0);
          held -= taken;
        }
        const other = reserve();
        other.commit(part);
        return other;
      },
      free() {
        if (kind === 'freed') return;
        move(kind, 'freed', held, 0);
        kind = 'freed';
        held = 0;
      },
    };
  }

  #add(kind: ChargeKind | 'freed', bytes: number): void {
    if (kind === 'used') this.#usedBytes += bytes;
    else if (kind === 'reserved') this.#reservedBytes += bytes;
  }
}
