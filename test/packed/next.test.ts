import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encode } from '../../examples/models/heart/encoder.js';
import { ConsumerProject } from './project.js';

const heart = fileURLToPath(new URL('../../examples/models/heart/', import.meta.url));
const [sample] = JSON.parse(readFileSync(join(heart, 'samples.json'), 'utf8'));
const row = Array.from(encode(sample.features).features?.data as Float32Array);

let project: ConsumerProject;
let deployed: string;
let server: ChildProcess | undefined;

beforeAll(async () => {
  project = await ConsumerProject.create(
    { 'onnxruntime-node': 'packages/adapters-onnx' },
    { consumer: 'next-app', others: ['next@16', 'react@19', 'react-dom@19'] },
  );
  mkdirSync(join(project.folder, 'models'));
  cpSync(join(heart, 'heart.onnx'), join(project.folder, 'models/heart.onnx'));
  await project.run(process.execPath, ['node_modules/next/dist/bin/next', 'build']);
  // As in an image: away from the folder that it was built in, whose packages are gone.
  deployed = `${project.folder}-deployed`;
  cpSync(join(project.folder, '.next/standalone'), deployed, { recursive: true, verbatimSymlinks: true });
  rmSync(join(project.folder, 'node_modules'), { recursive: true });
});
afterAll(async () => {
  if (server?.exitCode === null && server.kill()) await once(server, 'exit');
  if (deployed !== undefined) rmSync(deployed, { recursive: true, force: true });
  project?.remove();
});

it('a route of Next.js in its standalone output predicts in a process host', async () => {
  const origin = await start();
  const response = await fetch(`${origin}/predict`, { method: 'POST', body: JSON.stringify(row) });
  expect(await response.json()).toEqual({
    risk: expect.closeTo(sample.expected.risk, 4),
    isolation: 'process',
    outside: 1,
  });
});

/** Starts the server on a free port; resolves with where it listens. */
async function start(): Promise<string> {
  const env = { ...process.env, PORT: '0', HOSTNAME: '127.0.0.1' };
  server = spawn(process.execPath, ['server.js'], {
    cwd: deployed,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (server.stdout === null) throw new Error('Its output is needed.');
  for await (const line of createInterface({ input: server.stdout })) {
    const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (origin !== undefined) return origin;
  }
  throw new Error('The server ended without saying where it listens.');
}
