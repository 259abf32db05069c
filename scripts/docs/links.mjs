/**
 * Checks that what a page links to is there: files, folders, images, anchors; also where a package's README, which npm
 * shows by itself, names them by their address on GitHub. Other addresses on the web are not asked.
 */
import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { root } from '../lib/run.mjs';

const OURS = /^https:\/\/github\.com\/warmset\/warmset\/(?:blob|tree)\/main\//;

/**
 * @param {readonly import('./pages.mjs').ProjectPage[]} pages
 * @returns {{ checked: number, problems: string[] }}
 */
export function checkLinks(pages) {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const linked = new Set();
  const problems = [];
  let checked = 0;
  for (const page of pages) {
    for (const { target, line } of page.links) {
      const isOurs = OURS.test(target);
      if (!isOurs && /^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
      checked += 1;
      const [file = '', anchor] = decodeURI(target.replace(OURS, '')).split('#');
      const from = isOurs ? '.' : dirname(page.path);
      const path = file === '' ? page.path : posix.normalize(posix.join(from, file));
      if (path !== page.path) linked.add(path);
      const problem = problemWith(path, anchor, byPath);
      if (problem !== undefined) problems.push(`${page.path}:${line}: ${target}: ${problem}`);
    }
  }
  for (const { path } of pages) {
    if (path.startsWith('docs/') && !linked.has(path)) problems.push(`${path}: no page links to it`);
  }
  return { checked, problems };
}

function problemWith(path, anchor, byPath) {
  if (path.startsWith('..')) return 'is outside the project';
  if (/(^|\/)(dist|node_modules)(\/|$)/.test(path)) return 'is not in the repository';
  if (!existsSync(join(root, path))) return 'is not there';
  if (anchor === undefined || anchor === '') return undefined;
  const page = byPath.get(path);
  if (page === undefined) return path.endsWith('.md') ? 'is no page of the project' : undefined;
  return page.anchors.has(anchor) ? undefined : `${path} has no heading #${anchor}`;
}
