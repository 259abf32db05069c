import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ExampleServer } from '../support/example-server.js';
import { MODELS, sampleOf } from '../support/samples.js';
import { setUpNextApp, startNextApp } from './support/next-app.js';

const RELOADS = 10;
/** Beside the example, so that paths out of it still hold; git does not see it. */
const COPY = '.nextjs-reloaded';

const app = fileURLToPath(new URL('../../examples/nextjs', import.meta.url));
const copy = fileURLToPath(new URL(`../../examples/${COPY}`, import.meta.url));
const reloaded = `${copy}/lib/warmset.ts`;
const source = readFileSync(`${app}/lib/warmset.ts`, 'utf8');

/** In the copy only: says which run of the module it is imported from, and what that run gives to routes. */
const PROBE = `import { registry, run } from '../../../lib/warmset.js';
export const dynamic = 'force-dynamic';
export const GET = () => Response.json({ run, startedAt: registry.snapshot().startedAt });
`;

interface Probe {
  run: number;
  startedAt: number;
}

let server: ExampleServer;

beforeAll(async () => {
  await setUpNextApp();
  rmSync(copy, { recursive: true, force: true });
  cpSync(app, copy, { recursive: true, filter: (path) => !/\/(node_modules|\.next)$/.test(path) });
  symlinkSync('../nextjs/node_modules', `${copy}/node_modules`);
  mkdirSync(`${copy}/app/api/probe`);
  writeFileSync(`${copy}/app/api/probe/route.ts`, PROBE);
  writeRun(0);
  server = await startNextApp(COPY, 'dev');
}, 180_000);
afterAll(async () => {
  await server?.stop();
  rmSync(copy, { recursive: true, force: true });
});

it(`next dev has one registry and one set of hosts after ${RELOADS} hot reloads`, async () => {
  await predictAll();
  const first = await probeOf(0);
  const hosts = server.hostPids();
  expect(hosts.length).toBeGreaterThan(0);
  for (let run = 1; run <= RELOADS; run += 1) {
    writeRun(run);
    // The module has run again, and yet:
    expect(await probeOf(run)).toEqual({ run, startedAt: first.startedAt });
    await predictAll();
    expect(server.hostPids()).toEqual(hosts);
  }
  const status = await server.json<Record<string, { loads: number }>>('/api/warmset/model-status');
  expect(Object.values(status).map(({ loads }) => loads)).toEqual(MODELS.map(() => 1));
}, 240_000);

/** Changes the module that makes the registry. */
function writeRun(run: number): void {
  writeFileSync(reloaded, `${source}\nexport const run = ${run};\n`);
}

/** What the probe says once that run of the module is the current one. */
async function probeOf(run: number): Promise<Probe> {
  for (;;) {
    const probe = await server.json<Probe>('/api/probe');
    if (probe.run === run) return probe;
    await sleep(50);
  }
}

async function predictAll(): Promise<void> {
  for (const name of MODELS) {
    const { features, expected } = sampleOf(name, 0);
    const response = await server.post(`/api/warmset/models/${name}/run`, { input: features });
    const { output } = (await response.json()) as { output: { risk: number } };
    expect(output.risk).toBeCloseTo(expected.risk, 4);
  }
}
