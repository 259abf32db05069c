import type { Clock } from '../clock.js';

/** Entries kept, over all models. */
const KEPT = 256;

const KEPT_DEFICITS = 16;

/** One change of the books, with what they said after it; all figures in bytes. */
export interface LedgerEntry {
  /** Milliseconds on the registry's clock. */
  readonly at: number;
  readonly kind: 'reserved' | 'committed' | 'updated' | 'released';
  /** The model; for what a host takes by itself, the one whose load started it. */
  readonly model: string;
  readonly holder: 'model' | 'host';
  /** What this charge holds now. */
  readonly bytes: number;
  /** What it holds more than before; negative where it is less. */
  readonly changeBytes: number;
  readonly usedBytes: number;
  readonly reservedBytes: number;
  readonly budgetBytes: number;
}

/** A time during which more was charged than the budget allows. */
export interface Deficit {
  /** Milliseconds on the registry's clock. */
  readonly at: number;
  /** What made it: the model that turned out larger than its estimate, or the budget, which shrank. */
  readonly cause: string;
  /** How much it was at most. */
  readonly bytes: number;
  /** When evictions, or a larger budget, had paid it back. */
  readonly repaidAt?: number;
}

/** The last changes of the books. A change costs the same however many there were; a hit makes none. */
export class Ledger {
  readonly #clock: Clock;
  readonly #entries: LedgerEntry[] = [];
  #next = 0;
  readonly #deficits: Deficit[] = [];
  #open: { at: number; cause: string; bytes: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(entry: Omit<LedgerEntry, 'at'>): void {
    this.#entries[this.#next] = { at: this.#clock.now(), ...entry };
    this.#next = (this.#next + 1) % KEPT;
    this.balance(entry.model, entry);
  }

  /** Opens and closes deficits. */
  balance(
    cause: string,
    {
      usedBytes,
      reservedBytes,
      budgetBytes,
    }: Pick<LedgerEntry, 'usedBytes' | 'reservedBytes' | 'budgetBytes'>,
  ): void {
    const bytes = usedBytes + reservedBytes - budgetBytes;
    if (bytes > 0) {
      this.#open ??= { at: this.#clock.now(), cause, bytes };
      this.#open.bytes = Math.max(this.#open.bytes, bytes);
    } else if (this.#open !== undefined) {
      this.#deficits.push({ ...this.#open, repaidAt: this.#clock.now() });
      if (this.#deficits.length > KEPT_DEFICITS) this.#deficits.shift();
      this.#open = undefined;
    }
  }

  /** The kept entries, the oldest first; those of one model where it is named. */
  entries(model?: string): LedgerEntry[] {
    const kept = [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
    return model === undefined ? kept : kept.filter((entry) => entry.model === model);
  }

  /** The last deficits, the oldest first; one that is not repaid is the last. */
  deficits(): Deficit[] {
    const open = this.#open === undefined ? [] : [{ ...this.#open }];
    return [...this.#deficits, ...open].slice(-KEPT_DEFICITS);
  }
}
