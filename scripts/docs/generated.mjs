/** Every generated file of the documentation and what it must contain. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/run.mjs';
import { apiPages } from './api.mjs';
import { lifecycleSvg } from './lifecycle-svg.mjs';
import { tables } from './tables.mjs';

/** @returns {Promise<Map<string, string>>} contents by path from the root */
export async function generatedFiles() {
  const files = new Map([['docs/images/lifecycle.svg', await lifecycleSvg()], ...(await apiPages())]);
  for (const [name, { page, write }] of Object.entries(tables)) {
    const text = files.get(page) ?? readFileSync(join(root, page), 'utf8');
    files.set(page, withTable(text, page, name, await write()));
  }
  return files;
}

/** The page with what stands between the table's marks replaced. */
function withTable(text, page, name, content) {
  const start = `<!-- generated: ${name} (node scripts/docs.mjs) -->`;
  const end = '<!-- end of generated -->';
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${page} has no ${start} … ${end}`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}
