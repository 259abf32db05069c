/** The packages that are published, each after those that it depends on. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, root } from './run.mjs';

const unordered = foldersWithManifest('packages')
  .map((folder) => ({ folder, manifest: readJson(join(folder, 'package.json')) }))
  .filter(({ manifest }) => !manifest.private);

/** @type {{ name: string, version: string, folder: string, manifest: object }[]} */
export const packages = inBuildOrder(unordered).map(({ folder, manifest }) => ({
  name: manifest.name,
  version: manifest.version,
  folder,
  manifest,
}));

/** The folders directly under `parent` (from the root) that hold a `package.json`. */
export function foldersWithManifest(parent) {
  const path = join(root, parent);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .sort()
    .map((name) => join(path, name))
    .filter((folder) => existsSync(join(folder, 'package.json')));
}

function inBuildOrder(waiting, ordered = []) {
  if (waiting.length === 0) return ordered;
  const names = new Set(waiting.map(({ manifest }) => manifest.name));
  const isFree = ({ manifest }) =>
    ['dependencies', 'peerDependencies', 'devDependencies']
      .flatMap((kind) => Object.keys(manifest[kind] ?? {}))
      .every((name) => !names.has(name));
  const free = waiting.filter(isFree);
  if (free.length === 0) throw new Error(`These packages depend on each other: ${[...names].join(', ')}`);
  return inBuildOrder(
    waiting.filter((one) => !free.includes(one)),
    [...ordered, ...free],
  );
}
