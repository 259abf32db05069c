import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { here } from './paths.mjs';

const folder = join(here, 'node_modules/.warmset');

/**
 * The path of a file, which is written the first time it is asked for.
 *
 * @param {string} name
 * @param {() => Uint8Array | string} content
 */
export function once(name, content) {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // Renamed when it is whole: a run that is cut short leaves no half a model behind.
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, content());
  renameSync(unfinished, path);
  return path;
}
