import type { Instance } from './instance.js';
import type { ModelEntry } from './model-entry.js';

/** Copies, with the sum of their bytes and those of each model at hand, so that neither is looked for among all. */
export class Tally extends Set<Instance> {
  readonly #amountOf: (copy: Instance) => number;
  readonly #counted = new Map<Instance, number>();
  readonly #byEntry = new Map<ModelEntry, Set<Instance>>();
  #bytes = 0;

  /** @param amountOf what a copy counts for, its bytes unless told otherwise; where it changes, `recount` says so */
  constructor(amountOf: (copy: Instance) => number = ({ bytes }) => bytes) {
    super();
    this.#amountOf = amountOf;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The copies of one model. */
  of(entry: ModelEntry): readonly Instance[] {
    const copies = this.#byEntry.get(entry);
    return copies === undefined ? [] : [...copies];
  }

  override add(copy: Instance): this {
    super.add(copy);
    this.recount(copy);
    const copies = this.#byEntry.get(copy.entry) ?? new Set();
    this.#byEntry.set(copy.entry, copies.add(copy));
    return this;
  }

  override delete(copy: Instance): boolean {
    this.#bytes -= this.#counted.get(copy) ?? 0;
    this.#counted.delete(copy);
    const copies = this.#byEntry.get(copy.entry);
    copies?.delete(copy);
    if (copies?.size === 0) this.#byEntry.delete(copy.entry);
    return super.delete(copy);
  }

  recount(copy: Instance): void {
    if (!this.has(copy)) return;
    const amount = this.#amountOf(copy);
    this.#bytes += amount - (this.#counted.get(copy) ?? 0);
    this.#counted.set(copy, amount);
  }
}
