/**
 * What sharing saves: the example with four workers and one set of models, beside four with a set each, and one alone. Held-out
 * patients are sent to every worker; exits 0 only where every prediction is right and the memory is what it should be.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderUrl, type ModelName, models } from '@warmset-examples/models';
import { ClusterProcess, type Sharing } from './cluster-process.js';

const WORKERS = 4;
/** Of the model memory of one process: what four workers that share may take. */
const MOST = 1.5;
const TOLERANCE = 1e-4;
const SETTLE_MS = 1_500;
const MOST_ROUNDS = 40;
const WARM_UP_REQUESTS = 40;

interface Sample {
  readonly features: unknown;
  readonly expected: { readonly risk: number };
}

interface Measured {
  readonly processes: number;
  readonly before: number;
  readonly after: number;
  readonly warmMs: number;
}

if (process.platform !== 'linux') throw new Error('What processes hold is read from /proc: Linux only.');
const one = await measured('own', 1);
const own = await measured('own', WORKERS);
const shared = await measured('shared', WORKERS);
const modelBytes = ({ before, after }: Measured) => after - before;
const share = modelBytes(shared) / modelBytes(one);
console.table({
  '1 worker, its own models': row(one),
  [`${WORKERS} workers, each its own models`]: row(own),
  [`${WORKERS} workers, one set of models`]: row(shared),
});
const isWell = share < MOST;
console.log(
  `${WORKERS} workers that share take ${share.toFixed(2)} × the model memory of one: ${isWell ? 'less' : 'NOT LESS'} than ${MOST}.`,
);
process.exitCode = isWell ? 0 : 1;

async function measured(sharing: Sharing, workers: number): Promise<Measured> {
  const server = await ClusterProcess.start(sharing, workers);
  try {
    // The workers' own part, HTTP and all, is to be there before the models come.
    const met = new Set<string>();
    for (let sent = 0; sent < WARM_UP_REQUESTS || met.size < workers; sent += 1)
      met.add(await server.health());
    await sleep(SETTLE_MS);
    const { bytes: before } = server.memory();
    for (const name of Object.keys(models) as ModelName[]) await byEveryWorker(server, name, workers);
    await sleep(SETTLE_MS);
    const { bytes: after, processes } = server.memory();
    return { processes, before, after, warmMs: await warmMs(server) };
  } finally {
    await server.stop();
  }
}

/** Every sample, again and again until every worker has answered. */
async function byEveryWorker(server: ClusterProcess, name: ModelName, workers: number): Promise<void> {
  const met = new Set<string>();
  for (let round = 0; met.size < workers; round += 1) {
    if (round === MOST_ROUNDS) throw new Error(`Of ${workers} workers only ${met.size} have answered.`);
    for (const { features, expected } of samplesOf(name)) {
      const { risk, worker } = await server.predict(name, features);
      met.add(worker);
      if (Math.abs(risk - expected.risk) > TOLERANCE)
        throw new Error(`${name}: expected a risk of ${expected.risk}, got ${risk}.`);
    }
  }
}

/** The median time of a request for a model that is loaded. */
async function warmMs(server: ClusterProcess): Promise<number> {
  const times: number[] = [];
  for (const { features } of [...samplesOf('heart'), ...samplesOf('heart')])
    times.push((await server.predict('heart', features)).ms);
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

function samplesOf(name: ModelName): Sample[] {
  return JSON.parse(readFileSync(new URL('samples.json', folderUrl(name)), 'utf8')) as Sample[];
}

function row(figures: Measured): Record<string, string | number> {
  const { processes, before, after, warmMs: ms } = figures;
  return {
    processes,
    'MiB without models': mebibytes(before),
    'MiB with all four': mebibytes(after),
    'MiB of models': mebibytes(modelBytes(figures)),
    '× one': Number((modelBytes(figures) / modelBytes(one)).toFixed(2)),
    'warm request, ms': Number(ms.toFixed(2)),
  };
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
