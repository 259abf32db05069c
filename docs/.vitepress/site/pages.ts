/** The pages of docs/, as the sidebar needs them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCS = fileURLToPath(new URL('../../', import.meta.url));
const NOT_PAGES = /(^|\/)(node_modules|\.vitepress)(\/|$)/;

export interface Page {
  /** From docs/, without `.md`, an index as its folder: `isolation`, `adapters/onnx`, `api/`; the root's is `''`. */
  readonly path: string;
  /** Its first heading, without Markdown. */
  readonly title: string;
}

export function allPages(): readonly Page[] {
  return readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.md') && !NOT_PAGES.test(file))
    .map((file) => ({ path: file.replace(/(README)?\.md$/, ''), title: titleOf(file) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function titleOf(file: string): string {
  const title = /^# (.+)$/m.exec(readFileSync(`${DOCS}${file}`, 'utf8'))?.[1];
  if (title === undefined) throw new Error(`docs/${file} has no heading of the first level`);
  return title.replaceAll('`', '');
}
