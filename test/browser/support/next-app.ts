import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ExampleServer } from '../../support/example-server.js';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Relative to the app's folder, as every command of it. */
const NEXT = 'node_modules/next/dist/bin/next';

/** Installs the example, which is a project of its own, with the packages as they are now; nothing where that is done. */
export async function setUpNextApp(): Promise<void> {
  await execute(process.execPath, ['scripts/setup.mjs', 'nextjs'], { cwd: root });
}

export async function buildNextApp(): Promise<void> {
  const env = { ...process.env, NODE_ENV: undefined, NEXT_TELEMETRY_DISABLED: '1' };
  await execute(process.execPath, [NEXT, 'build'], { cwd: `${root}/examples/nextjs`, env });
}

/** @param folder under `examples` */
export function startNextApp(folder: string, how: 'start' | 'dev'): Promise<ExampleServer> {
  return ExampleServer.start(folder, [NEXT, how, '--hostname', '127.0.0.1']);
}
