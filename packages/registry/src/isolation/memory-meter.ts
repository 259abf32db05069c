import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type PrivateBytes, privateBytes } from '../memory/private-bytes.js';

/** What a host holds, without garbage. */
export interface Settled {
  readonly hostBytes: number;
  /** Of that, at most, the free pages of V8's heap: some of them have never been touched, so are not in `hostBytes`. */
  readonly freeHeapBytes: number;
}

/**
 * What the host grew by, without the free pages that V8 keeps for garbage to come, which are no model's: 10 MB after runs
 * were found.
 *
 * @param atLeastBytes what is known to have come; pages that were never touched cannot take off more than there is
 */
export function grownBytes(before: Settled, after: Settled, atLeastBytes = 0): number {
  const grown = after.hostBytes - before.hostBytes;
  const freed = Math.max(0, after.freeHeapBytes - before.freeHeapBytes);
  return Math.max(grown - freed, Math.min(grown, atLeastBytes));
}

/** What changed between two measurements. */
export interface Growth {
  /** `undefined` where something else was loaded or disposed of meanwhile, or where nothing can be told. */
  readonly before: Settled | undefined;
  readonly after: Settled;
  readonly source: PrivateBytes['source'];
}

/** A measurement under way: while it is, no other can tell whose what it finds is. */
interface Measuring {
  /** What is there from now on is measured; without it `end` tells nothing. */
  start(): void;
  end(): Growth;
}

/** Measures what loading and disposing change. */
export interface MemoryMeter {
  hostBytes(): number;
  begin(): Measuring;
  /** `undefined` while something is loaded or disposed of, or where nothing can be told. */
  settled(): Settled | undefined;
}

/** Measures this process, after a garbage collection, so that a loader's buffers are not taken for the model's. */
export function processMeter(): MemoryMeter {
  const collect = garbageCollector();
  let active = 0;
  let begun = 0;
  return {
    hostBytes: () => privateBytes().bytes,
    begin() {
      const alone = active === 0;
      active += 1;
      begun += 1;
      const at = begun;
      let before: Settled | undefined;
      return {
        start() {
          before = measure(collect);
        },
        end() {
          active -= 1;
          const { source, ...after } = measure(collect);
          return { before: alone && begun === at ? before : undefined, after, source };
        },
      };
    },
    settled: () => (active === 0 ? measure(collect) : undefined),
  };
}

/** A thread shares its process's memory, so what it took cannot be told. */
export const noMeter: MemoryMeter = {
  hostBytes: () => 0,
  begin: () => ({
    start: () => {},
    end: () => ({ before: undefined, after: { hostBytes: 0, freeHeapBytes: 0 }, source: 'rss' }),
  }),
  settled: () => undefined,
};

/** Two measurements that differ by less are the same. */
const STEADY_BYTES = 256 * 1024;
const MOST_COLLECTIONS = 8;

/** V8's own threads give memory back a moment after a collection, so it is measured until it is steady. */
function measure(collect: () => void): Settled & Pick<Growth, 'source'> {
  collect();
  let last = privateBytes();
  for (let count = 1; count < MOST_COLLECTIONS; count += 1) {
    collect();
    const next = privateBytes();
    const steady = Math.abs(next.bytes - last.bytes) < STEADY_BYTES;
    last = next;
    if (steady) break;
  }
  const { total_physical_size: heapBytes, used_heap_size: usedBytes } = getHeapStatistics();
  return { hostBytes: last.bytes, freeHeapBytes: heapBytes - usedBytes, source: last.source };
}

/** Without making `gc` visible to the models. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
