/**
 * Writes what is generated in docs/: the API reference, the tables of states, errors and events, the lifecycle's drawing.
 * With --check nothing is written, and it exits 1 where a file is not what it would write.
 *
 *     node scripts/docs.mjs [--check]
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { generatedFiles } from './docs/generated.mjs';
import { root } from './lib/run.mjs';

const { values: flags } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const files = await generatedFiles();
const api = join(root, 'docs/api');
const left = (existsSync(api) ? readdirSync(api) : [])
  .map((name) => `docs/api/${name}`)
  .filter((path) => !files.has(path));
const stale = [...files].filter(([path, content]) => readIfThere(path) !== content).map(([path]) => path);

if (flags.check) {
  for (const path of stale) console.error(`STALE: ${path}`);
  for (const path of left) console.error(`LEFT OVER: ${path}`);
  if (stale.length + left.length > 0) console.error('Run: node scripts/docs.mjs');
  else console.log(`${files.size} generated files are up to date.`);
  process.exitCode = stale.length + left.length === 0 ? 0 : 1;
} else {
  for (const path of left) rmSync(join(root, path));
  for (const path of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), files.get(path));
  }
  console.log(`${files.size} generated files, ${stale.length} of them written, ${left.length} removed.`);
}

function readIfThere(path) {
  const full = join(root, path);
  return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
}
