import { describe, expect, it } from 'vitest';
import { GrowthWatch, type Watched } from '../../src/isolation/growth-watch.js';

const model = (id: number, bytes: number | undefined = 100): Watched => ({ id, bytes, runs: 0 });

const settledAt = (hostBytes: number, freeHeapBytes = 0) => ({ hostBytes, freeHeapBytes });

function watching() {
  const host = { bytes: 1_000 as number | undefined };
  const told: [hostBytes: number, id: number, bytes: number | undefined][] = [];
  let looks = 0;
  const meter = {
    hostBytes: () => host.bytes ?? 0,
    begin: () => {
      throw new Error('nothing is loaded here');
    },
    settled: () => {
      looks += 1;
      return host.bytes === undefined ? undefined : settledAt(host.bytes);
    },
  };
  const watch = new GrowthWatch(meter, (hostBytes, { id, bytes }) => told.push([hostBytes, id, bytes]));
  watch.settled(settledAt(1_000));
  const run = async (ran: Watched) => {
    watch.ran(ran);
    await new Promise(setImmediate);
  };
  return { host, told, watch, run, looks: () => looks };
}

describe('GrowthWatch', () => {
  it('adds what the host grew by in a first run to the model that ran', async () => {
    const { host, told, run } = watching();
    host.bytes = 1_250;
    await run(model(7));
    expect(told).toEqual([[1_250, 7, 350]]);
  });

  it('tells only what the host holds where other models ran too, or where the model was never measured', async () => {
    const { host, told, run } = watching();
    const ran = model(1);
    await run(ran);
    await run(ran);
    host.bytes = 1_250;
    await run(model(2));
    await run({ id: 3, bytes: undefined, runs: 0 });
    expect(told.slice(1)).toEqual([
      [1_250, 2, 100],
      [1_250, 3, undefined],
    ]);
  });

  it('looks after the 1st, 4th, 16th, 64th … run of a model', async () => {
    const { run, looks } = watching();
    const ran = model(1);
    const looked: number[] = [];
    for (let count = 1; count <= 70; count += 1) {
      const before = looks();
      await run(ran);
      if (looks() > before) looked.push(count);
    }
    expect(looked).toEqual([1, 4, 16, 64]);
  });

  it('tells nothing while something is loaded, and starts anew from what was measured after that', async () => {
    const { host, told, watch, run } = watching();
    host.bytes = undefined;
    await run(model(1));
    expect(told).toEqual([]);
    watch.settled(settledAt(5_000));
    host.bytes = 4_980;
    await run(model(2));
    expect(told).toEqual([[4_980, 2, 80]]);
  });
});
