/** Which pages the project has. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { root } from '../lib/run.mjs';
import { parsePage } from './markdown.mjs';

/** What is installed for the site, and what it is built with. */
const NOT_PAGES = /^(node_modules$|\.)/;

/**
 * @typedef {import('./markdown.mjs').Page & { path: string, isGenerated: boolean }} ProjectPage `path` from the root, with slashes
 * @returns {ProjectPage[]}
 */
export function projectPages() {
  const paths = [
    ...markdownIn('.', false),
    ...markdownIn('docs', true),
    ...['packages', 'examples', 'benchmarks'].flatMap((folder) => [
      ...markdownIn(folder, false),
      ...foldersIn(folder).flatMap((name) => markdownIn(join(folder, name), false)),
    ]),
  ];
  return paths.map((path) => {
    const slashed = path.split(sep).join('/');
    try {
      const page = parsePage(readFileSync(join(root, path), 'utf8'));
      // The reference's code blocks are signatures, not programs.
      return { ...page, path: slashed, isGenerated: slashed.startsWith('docs/api/') };
    } catch (cause) {
      throw new Error(`${slashed}: ${cause.message}`, { cause });
    }
  });
}

function markdownIn(folder, deep) {
  const here = join(root, folder);
  if (!existsSync(here)) return [];
  return readdirSync(here, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return deep && !NOT_PAGES.test(entry.name) ? markdownIn(path, true) : [];
      return entry.name.endsWith('.md') ? [path] : [];
    });
}

function foldersIn(folder) {
  const here = join(root, folder);
  if (!existsSync(here)) return [];
  return readdirSync(here, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map(({ name }) => name);
}
