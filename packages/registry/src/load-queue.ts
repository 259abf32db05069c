import { urgency } from './load-scheduler.js';
import type { ModelEntry } from './model-entry.js';
import type { QueueItem } from './queue-item.js';
import { Ranking } from './ranking.js';

/** The loads that wait for a slot and for memory, the most urgent first. A model has one at most. */
export class LoadQueue implements Iterable<QueueItem> {
  readonly #byEntry = new Map<ModelEntry, QueueItem>();
  readonly #ranking: Ranking<QueueItem>;

  constructor(budgetBytes: () => number) {
    this.#ranking = new Ranking({
      key: (item) => urgency(item, budgetBytes()),
      tie: ({ order }) => order,
    });
  }

  get size(): number {
    return this.#byEntry.size;
  }

  add(item: QueueItem): void {
    this.#byEntry.set(item.entry, item);
    this.#ranking.add(item);
  }

  delete(item: QueueItem): void {
    this.#ranking.delete(item);
    if (this.has(item)) this.#byEntry.delete(item.entry);
  }

  has(item: QueueItem): boolean {
    return this.#byEntry.get(item.entry) === item;
  }

  /** Somebody joined the callers that wait for the model: its load may be more urgent now. */
  joined(entry: ModelEntry): void {
    const item = this.#byEntry.get(entry);
    if (item !== undefined) this.#ranking.add(item);
  }

  /** In the order of arrival. */
  [Symbol.iterator](): Iterator<QueueItem> {
    return this.#byEntry.values();
  }

  /** As far as it is read: what is behind that is not looked at. Nothing may join or leave meanwhile. */
  *byUrgency(): Generator<QueueItem> {
    const drawn: QueueItem[] = [];
    try {
      for (let item = this.#ranking.draw(); item !== undefined; item = this.#ranking.draw()) {
        drawn.push(item);
        yield item;
      }
    } finally {
      for (const item of drawn) this.#ranking.add(item);
    }
  }
}
