/**
 * Numbers from 0 to 1 that look random and are the same in each run (mulberry32).
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function numbersFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Half of the things, picked at random.
 *
 * @template T
 * @param {readonly T[]} things
 * @param {number} seed
 * @returns {T[]}
 */
export function halfOf(things, seed) {
  const random = numbersFrom(seed);
  const shuffled = things.map((thing) => ({ thing, place: random() })).sort((a, b) => a.place - b.place);
  return shuffled.slice(0, things.length >> 1).map(({ thing }) => thing);
}
