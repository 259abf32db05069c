import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { privateBytes } from '../memory/private-bytes.js';

/** What changed between two measurements. */
interface Growth {
  /** `undefined` where something else was loaded or disposed of meanwhile, or where nothing can be told. */
  readonly grownBytes: number | undefined;
  readonly hostBytes: number;
  readonly source: 'process' | 'rss';
}

/** A measurement under way. */
interface Measuring {
  end(): Growth;
}

/** Measures what loading and disposing change. */
export interface MemoryMeter {
  hostBytes(): number;
  begin(): Measuring;
}

/** Measures this process, after a garbage collection, so that a loader's buffers are not taken for the model's. */
export function processMeter(): MemoryMeter {
  const collect = garbageCollector();
  let active = 0;
  let begun = 0;
  const measure = () => {
    collect();
    return privateBytes();
  };
  return {
    hostBytes: () => privateBytes().bytes,
    begin() {
      const alone = active === 0;
      active += 1;
      begun += 1;
      const at = begun;
      const before = measure().bytes;
      return {
        end() {
          active -= 1;
          const { bytes, source } = measure();
          const undisturbed = alone && begun === at;
          return { grownBytes: undisturbed ? bytes - before : undefined, hostBytes: bytes, source };
        },
      };
    },
  };
}

/** A thread shares its process's memory, so what it took cannot be told. */
export const noMeter: MemoryMeter = {
  hostBytes: () => 0,
  begin: () => ({ end: () => ({ grownBytes: undefined, hostBytes: 0, source: 'rss' }) }),
};

/** Without making `gc` visible to the models. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  // Once finds the buffers; the second waits until they have been given back, which else takes about 20 ms more.
  return () => {
    collect();
    collect();
  };
}
