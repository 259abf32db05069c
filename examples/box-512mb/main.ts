/**
 * A server with 1.6 GB of models in a real container of 512 MiB, under 2,000 requests; then two servers without
 * Warmset under the same. Exits 0 where Warmset's lost nothing and stayed within 90 % of the container, or where no
 * container can be made.
 */
import { parseArgs } from 'node:util';
import { type BoxRun, runInBox } from './harness/box-run.js';
import { bundleServers, type ServerName } from './harness/bundle.js';
import { type FleetFile, fullFleet, makeFleet } from './harness/fleet-files.js';
import { MemoryBox, removeBoxesAtExit } from './harness/memory-box.js';
import { forgetFiles, rememberFiles } from './harness/page-cache.js';
import { NAMES, show, showFleet } from './harness/print.js';
import { broken, NEED_FACTOR, type Summary, summarize } from './harness/report.js';
import { planTraffic } from './harness/traffic.js';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '1' },
    requests: { type: 'string', default: '2000' },
    concurrency: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    'cold-files': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const LIMIT_BYTES = 512 * 2 ** 20;

/** With `--json` only the JSON goes to stdout. */
const say = options.json ? () => {} : console.log;

removeBoxesAtExit();
const box = MemoryBox.make(LIMIT_BYTES);
if (box instanceof MemoryBox) {
  box.remove();
  process.exitCode = await main(box.version);
} else {
  const reason = `not run: no container of 512 MB can be made here (${box.why}).`;
  console.log(options.json ? JSON.stringify({ notRun: reason }) : reason);
}

/** @returns the exit code */
async function main(version: 'v1' | 'v2'): Promise<number> {
  const requests = count('requests');
  const runs = count('runs');
  say('Making the models that are not there yet …');
  const fleet = await makeFleet(fullFleet);
  const script = await bundleServers();
  const traffic = planTraffic(fleet.models, requests, count('seed'));
  say(showFleet(fleet.models, LIMIT_BYTES, version));

  const summaries: Summary[] = [];
  const faults: string[] = [];
  const run = async (server: ServerName): Promise<{ summary: Summary; boxRun: BoxRun }> => {
    say(`\n${NAMES[server]} …`);
    await prepareFiles(fleet.models);
    const boxRun = await runInBox({
      limitBytes: LIMIT_BYTES,
      script: script(server),
      fleetPath: fleet.path,
      requests: traffic,
      concurrency: count('concurrency'),
    });
    const summary = summarize(server, boxRun);
    summaries.push(summary);
    say(show(summary, LIMIT_BYTES));
    return { summary, boxRun };
  };
  for (let number = 1; number <= runs; number++) {
    const { summary, boxRun } = await run('warmset');
    const found = broken(summary, boxRun, requests, options['cold-files']);
    faults.push(...found.map((fault) => `run ${number}: ${fault}`));
    if (found.length > 0) say(boxRun.stderr);
  }
  for (const server of ['plain-at-start', 'plain-lazy'] as const) {
    const { summary } = await run(server);
    if (summary.oomKills === 0)
      faults.push(`${server} was not killed: it takes more requests, or a smaller box`);
  }
  const fileBytes = fleet.models.reduce((sum, { bytes }) => sum + bytes, 0);
  if (fileBytes < NEED_FACTOR * LIMIT_BYTES)
    faults.push(`the models need less than ${NEED_FACTOR} times the box`);
  for (const fault of faults) console.error(`WRONG: ${fault}`);
  if (options.json)
    console.log(
      JSON.stringify({ limitBytes: LIMIT_BYTES, fileBytes, version, requests, summaries, faults }, null, 2),
    );
  return faults.length === 0 ? 0 : 1;
}

/** Each run finds the files in the same state: in the machine's page cache, or on the disk alone. */
async function prepareFiles(models: readonly FleetFile[]): Promise<void> {
  const paths = models.map(({ path }) => path);
  await (options['cold-files'] ? forgetFiles(paths) : rememberFiles(paths));
}

function count(option: 'runs' | 'requests' | 'concurrency' | 'seed'): number {
  const value = Number(options[option]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${option} must be a whole number > 0, got ${options[option]}`);
}
