import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from '@warmset/server/node';
import closeWithGrace from 'close-with-grace';
import { heldModels } from './models.js';

const CLOSE_LIMIT_MS = 25_000;
const WORKER_LIMIT_MS = 20_000;
const RESTART_MS = 1_000;

const count = Number(process.env.WORKERS) || availableParallelism();
const isShared = process.env.MODELS !== 'own';
let isClosing = false;

// A folder that only this user can enter: whoever reaches the socket can run the models.
const folder = await mkdtemp(join(tmpdir(), 'warmset-cluster-'));
const socketPath = join(folder, 'models.sock');
// Of Warmset's routes the workers need those of the protocol alone.
const off = { models: false, metrics: false, events: false, dashboard: false, openapi: false };
const models = createServer(heldModels(), { routes: off });
if (isShared) await models.listen({ path: socketPath });

cluster.once('listening', (_worker, { port }) => console.log(`listening on http://localhost:${port}`));
cluster.on('exit', ({ process: { pid } }, code, signal) => {
  if (isClosing) return;
  console.error(`worker ${pid} ended (${signal ?? code}); another one takes its place`);
  // Not at once, so that one that cannot start does not take all of the machine's time.
  setTimeout(() => !isClosing && startWorker(), RESTART_MS);
});
for (let started = 0; started < count; started += 1) startWorker();

closeWithGrace({ delay: CLOSE_LIMIT_MS }, async () => {
  isClosing = true;
  // The models go last: the workers still answer what they have accepted.
  await Promise.all(workers().map(stop));
  await models.close({ graceMs: 0 });
  await rm(folder, { recursive: true, force: true });
});

function startWorker(): void {
  cluster.fork({ WORKER_LIMIT_MS, ...(isShared && { WARMSET_SOCKET: socketPath }) });
}

async function stop(worker: Worker): Promise<void> {
  const gone = once(worker, 'exit');
  worker.process.kill('SIGTERM');
  await gone;
}

function workers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}
