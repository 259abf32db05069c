import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExampleServer, isRunning } from '../../../test/support/example-server.js';
import { MODELS, sampleOf, samplesOf } from '../../../test/support/samples.js';

const WORKERS = 3;
/** What Node has handed to a worker that was killed is answered by nobody. */
const ANSWER_MS = 5_000;
const MOST_TRIES = 2_000;
const start = () => {
  process.env.WORKERS = String(WORKERS);
  return ExampleServer.start('cluster', ['--import', 'tsx', 'server.ts']);
};

/** On a connection of its own, so that the primary hands it to the next worker. */
async function ask(server: ExampleServer, path: string, body?: unknown) {
  const response = await fetch(server.url + path, {
    headers: { connection: 'close', 'content-type': 'application/json' },
    signal: AbortSignal.timeout(ANSWER_MS),
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    worker: Number(response.headers.get('x-worker')),
    json: (await response.json()) as { output: { risk: number } },
  };
}

describe('the cluster example', () => {
  let server: ExampleServer;
  const met = new Set<number>();

  beforeAll(async () => {
    server = await start();
  }, 60_000);
  afterAll(() => server?.stop());

  it.each(MODELS)('%s: every worker predicts every held-out patient', async (name) => {
    const workers = new Set<number>();
    while (workers.size < WORKERS) {
      for (const { features, expected } of samplesOf(name)) {
        const { status, worker, json } = await ask(server, `/models/${name}/run`, { input: features });
        expect(status).toBe(200);
        expect(json.output.risk).toBeCloseTo(expected.risk, 4);
        workers.add(worker);
      }
    }
    for (const worker of workers) met.add(worker);
  });

  it('has one set of models, which no worker holds', () => {
    expect(met.size).toBe(WORKERS);
    // Two runtimes, at most a host for each; a set for each worker would be as many more.
    expect(server.hostPids().length).toBeGreaterThan(0);
    expect(server.hostPids().length).toBeLessThanOrEqual(2);
    const parents = server.hostPids().map(parentOf);
    expect(parents.filter((pid) => met.has(pid))).toEqual([]);
  });

  it('keeps the models when a worker dies, and starts another one', async () => {
    const hosts = server.hostPids();
    const [victim = 0] = met;
    process.kill(victim, 'SIGKILL');
    const { features, expected } = sampleOf('heart', 0);
    const now = new Set<number>();
    for (let tries = 0; now.size < WORKERS && tries < MOST_TRIES; tries += 1) {
      const answer = await ask(server, '/models/heart/run', { input: features }).catch(() => undefined);
      if (answer === undefined) continue;
      await sleep(5);
      expect(answer.json.output.risk).toBeCloseTo(expected.risk, 4);
      now.add(answer.worker);
    }
    expect([now.size, now.has(victim)]).toEqual([WORKERS, false]);
    expect(server.hostPids()).toEqual(hosts);
  });
}, 60_000);

it('the cluster example answers on SIGTERM what it has accepted, and leaves nothing', async () => {
  const server = await start();
  const { features } = sampleOf('lung', 0);
  const statuses: number[] = [];
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const sent = await server.post('/models/lung/run', { input: features }).catch(() => undefined);
      // Not accepted: the port is closed.
      await sent?.text();
      if (sent === undefined) isOver = true;
      else statuses.push(sent.status);
    }
  };
  const clients = Array.from({ length: 8 }, client);
  while (statuses.length < 50) await sleep(5);
  const hosts = server.hostPids();
  expect(await server.stop()).toBe(0);
  await Promise.all(clients);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(hosts.filter(isRunning)).toEqual([]);
}, 60_000);

/** The second field after the name, which is in brackets and may hold anything. */
function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
