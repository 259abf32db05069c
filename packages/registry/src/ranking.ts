import TinyQueue from 'tinyqueue';

/** Says where things stand in a {@link Ranking}. */
export interface Rules<T> {
  /** The lowest comes first. */
  key(item: T): number;
  /** Decides between equal keys; no two things share it. */
  tie(item: T): number;
}

interface Place<T> {
  /** `undefined` once the thing has left, or has a better place. */
  item: T | undefined;
  key: number;
  readonly tie: number;
  readonly bytes: number;
}

/** Left places that may lie about before the heap is made anew, besides as many as there are things. */
const MOST_LEFT = 64;

/**
 * Things in the order of a key that may rise while they are in here, without anybody being told: each is kept at the
 * key that it had, a lower bound, and only the one whose turn comes is looked at again. So what changes a key costs
 * nothing, and taking the first costs O(log n) for each thing whose key has changed since it was last looked at.
 *
 * The heap itself is tinyqueue, 60 lines without dependencies; larger ones remove from the middle too, in O(n), which
 * emptied places do without.
 */
export class Ranking<T extends { readonly bytes: number }> {
  readonly #rules: Rules<T>;
  readonly #places = new Map<T, Place<T>>();
  #heap = new TinyQueue<Place<T>>([], byKey);
  #bytes = 0;

  constructor(rules: Rules<T>) {
    this.#rules = rules;
  }

  get size(): number {
    return this.#places.size;
  }

  /** What all that is in here holds together. */
  get bytes(): number {
    return this.#bytes;
  }

  has(item: T): boolean {
    return this.#places.has(item);
  }

  /** Adds a thing, or places it anew: needed where its key has fallen, or its bytes have changed. */
  add(item: T): void {
    this.delete(item);
    const { bytes } = item;
    const place = { item, key: this.#rules.key(item), tie: this.#rules.tie(item), bytes };
    this.#places.set(item, place);
    this.#bytes += bytes;
    this.#heap.push(place);
  }

  delete(item: T): void {
    const place = this.#places.get(item);
    if (place === undefined) return;
    this.#places.delete(item);
    this.#bytes -= place.bytes;
    // The heap cannot give up a place in its middle, but it must not keep a model from being collected.
    place.item = undefined;
    if (this.#heap.length > 2 * this.#places.size + MOST_LEFT) {
      this.#heap = new TinyQueue([...this.#places.values()], byKey);
    }
  }

  /** The thing with the lowest key. */
  first(): T | undefined {
    // A key that rises at every look, which is no key, must not keep this going for ever: each is looked at once.
    let looks = this.#places.size;
    for (let place = this.#heap.peek(); place !== undefined; place = this.#heap.peek()) {
      const { item } = place;
      const key = item === undefined ? place.key : this.#rules.key(item);
      if (item !== undefined && (looks === 0 || !(key > place.key))) return item;
      this.#heap.pop();
      if (item === undefined) continue;
      looks -= 1;
      place.key = key;
      this.#heap.push(place);
    }
    return undefined;
  }

  /** Takes out the thing with the lowest key. */
  draw(): T | undefined {
    const first = this.first();
    if (first !== undefined) this.delete(first);
    return first;
  }
}

function byKey(a: Place<unknown>, b: Place<unknown>): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : a.tie - b.tie;
}
