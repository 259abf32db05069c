import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type BoxRun, runInBox } from '../harness/box-run.js';
import { bundleServers, type ServerName } from '../harness/bundle.js';
import { makeFleet } from '../harness/fleet-files.js';
import { MemoryBox } from '../harness/memory-box.js';
import { planTraffic } from '../harness/traffic.js';

const LIMIT_BYTES = 256 * 2 ** 20;

function whyNot(): string | undefined {
  const built = fileURLToPath(new URL('../../../packages/registry/dist/index.js', import.meta.url));
  if (!existsSync(built)) return 'the packages have not been built: run npm run build';
  const box = MemoryBox.make(LIMIT_BYTES);
  if (!(box instanceof MemoryBox)) return box.why;
  box.remove();
  return undefined;
}

const reason = whyNot();
if (reason !== undefined) console.warn(`The tests in a container of 256 MB are skipped: ${reason}`);

/** The demonstration in small: eight models of 24 MB and the four disease models. */
describe.skipIf(reason !== undefined)('a box of 256 MB for 192 MB of models', { timeout: 60_000 }, () => {
  const run = async (server: ServerName): Promise<BoxRun> => {
    const fleet = await makeFleet(Array(8).fill({ width: 1224, layers: 4 }));
    const script = await bundleServers();
    return runInBox({
      limitBytes: LIMIT_BYTES,
      script: script(server),
      fleetPath: fleet.path,
      requests: planTraffic(fleet.models, 30, 1),
      concurrency: 8,
    });
  };

  it('is enough for Warmset: every answer is right, nobody is killed', async () => {
    const { traffic, warmset, oomKills, exit, peakBytes } = await run('warmset');
    expect(traffic?.failures).toEqual([]);
    expect(traffic?.latenciesMs).toHaveLength(30);
    expect(oomKills).toBe(0);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(warmset?.evictions).toBeGreaterThan(0);
    expect(peakBytes).toBeGreaterThan(0);
    expect(peakBytes).toBeLessThanOrEqual(LIMIT_BYTES);
  });

  it('is too little for a server that keeps what it loads: the kernel kills it', async () => {
    const { oomKills, exit, loaded, traffic } = await run('plain-at-start');
    expect(traffic).toBeUndefined();
    expect(loaded).toBeGreaterThan(0);
    expect(oomKills).toBe(1);
    expect(exit.signal).toBe('SIGKILL');
  });
});
