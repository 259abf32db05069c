/** Work of the set-up that is done once per state of its inputs, and by one process at a time. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './run.mjs';

// Inside node_modules, so that whoever deletes that deletes what we believe about it too.
const folder = join(root, 'node_modules/.warmset');
const lockFile = join(folder, 'lock');
const BEAT_MS = 1_000;
const DEAD_AFTER_MS = 10_000;

/** Runs `act`, unless it has succeeded on these very inputs before and `outputs` are still there; with `force`, always. */
export async function once(name, { inputs, outputs, act, force = false }) {
  const stampFile = join(folder, name);
  const stamp = hashOf(inputs);
  const isDone = outputs.every((path) => existsSync(path)) && readIfThere(stampFile) === stamp;
  if (isDone && !force) return;
  // Gone before the work begins: one that is cut short is never taken for done.
  rmSync(stampFile, { force: true });
  await act();
  mkdirSync(folder, { recursive: true });
  writeFileSync(stampFile, stamp);
}

/** Runs `act` while no other process of this checkout is inside `alone`; the lock of one that died is taken over. */
export async function alone(act) {
  mkdirSync(folder, { recursive: true });
  for (let told = false; !tryLock(); await sleep(250)) {
    if (!told) console.log('Another process is setting up this checkout; waiting for it …');
    told = true;
  }
  // A beat, not a process id: ids are used again, in containers within seconds.
  const beat = setInterval(() => {
    if (existsSync(lockFile)) utimesSync(lockFile, new Date(), new Date());
  }, BEAT_MS);
  try {
    return await act();
  } finally {
    clearInterval(beat);
    rmSync(lockFile, { force: true });
  }
}

/** The files under a folder, without what is made, tested or told there. */
export function sourcesUnder(path) {
  return readdirSync(path, { withFileTypes: true })
    .filter(
      ({ name }) => !['dist', 'node_modules', 'test', 'coverage'].includes(name) && !name.endsWith('.md'),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? sourcesUnder(join(path, entry.name)) : [join(path, entry.name)],
    );
}

function tryLock() {
  try {
    writeFileSync(lockFile, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const { mtimeMs = Date.now() } = statSync(lockFile, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > DEAD_AFTER_MS) rmSync(lockFile, { force: true });
    return false;
  }
}

function hashOf(files) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of files) hash.update(`${relative(root, file)}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
