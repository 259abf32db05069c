/**
 * Makes a clean clone usable with Node and npm alone: installs with the pinned pnpm and builds the packages.
 * Does nothing where nothing has changed since the last time.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, runPnpm } from './lib/run.mjs';

const stampFile = join(root, '.setup-stamp');
const built = ['registry', 'adapters-onnx', 'adapters-tfjs'];

assertNode();
const stamp = stampOf();
const upToDate =
  existsSync(stampFile) &&
  readFileSync(stampFile, 'utf8') === stamp &&
  existsSync(join(root, 'node_modules/.modules.yaml')) &&
  built.every((name) => existsSync(join(root, 'packages', name, 'dist/index.js')));
if (!upToDate) {
  console.log('Setting up: installing packages and building (about a minute the first time) …');
  await runPnpm(['install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only']);
  for (const name of built) await run('tsup', ['--silent'], { cwd: join(root, 'packages', name) });
  writeFileSync(stampFile, stamp);
}

function assertNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Warmset needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

/** A hash over what the set-up depends on: the lock file and the sources that are built. */
function stampOf() {
  const hash = createHash('sha256');
  const files = [join(root, 'pnpm-lock.yaml'), ...built.flatMap((name) => filesUnder(join(root, 'packages', name)))];
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.update(process.version).digest('hex');
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !['dist', 'node_modules', 'test', 'coverage'].includes(name))
    .map(({ name }) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesUnder(path) : [path]))
    .sort();
}
