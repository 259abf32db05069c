/** Checks the site as it was built: VitePress itself looks at the links of pages only, and not at their anchors. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type HTMLElement, parse } from 'node-html-parser';

/** What a browser fetches by itself. A link that somebody has to follow may lead anywhere. */
const LOADED = 'script[src], img[src], source[src], iframe[src], link[href]';
const OUTSIDE = /^([a-z][a-z0-9+.-]*:)?\/\//i;
const LOADED_BY_CSS = /(?:url\(|@import)\s*["']?(?:https?:)?\/\/[^"')\s]*/gi;

interface BuiltPage {
  readonly path: string;
  readonly document: HTMLElement;
  readonly ids: ReadonlySet<string>;
}

/**
 * @param folder what VitePress wrote
 * @throws Error that lists every link that leads nowhere and everything that would be loaded from elsewhere
 */
export function checkSite(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) =>
    file.replaceAll('\\', '/'),
  );
  const known = new Set(files.map((file) => `/${file}`));
  const pages = new Map(
    files.filter((file) => file.endsWith('.html')).map((file) => [`/${file}`, readPage(folder, file)]),
  );
  const problems = [
    ...[...pages.values()].flatMap((page) => [...deadLinks(page, pages, known), ...outsideLoads(page)]),
    ...files.filter((file) => file.endsWith('.css')).flatMap((file) => outsideLoadsOfCss(folder, file)),
  ];
  if (problems.length > 0) throw new Error(`The site is not right:\n${problems.join('\n')}`);
  console.log(
    `${pages.size} pages: every link and anchor leads somewhere, and nothing is loaded from elsewhere.`,
  );
}

function readPage(folder: string, file: string): BuiltPage {
  const document = parse(readFileSync(join(folder, file), 'utf8'));
  const ids = new Set(document.querySelectorAll('[id]').map(({ id }) => id));
  return { path: `/${file}`, document, ids };
}

function deadLinks(
  { path, document }: BuiltPage,
  pages: ReadonlyMap<string, BuiltPage>,
  known: ReadonlySet<string>,
): string[] {
  return document.querySelectorAll('a[href]').flatMap((link) => {
    const href = link.getAttribute('href') ?? '';
    if (/^[a-z][a-z0-9+.-]*:/i.test(href)) return [];
    const [file = '', anchor = ''] = decodeURI(href).split('#');
    const target = file === '' ? path : fileOf(posix.resolve(posix.dirname(path), file), file);
    if (!known.has(target)) return [`${path}: ${href} is not there`];
    const ids = pages.get(target)?.ids;
    return anchor === '' || ids === undefined || ids.has(anchor)
      ? []
      : [`${path}: ${href} has no such heading`];
  });
}

/** What a web server gives for an address. */
function fileOf(path: string, asWritten: string): string {
  if (path === '/' || asWritten.endsWith('/')) return posix.join(path, 'index.html');
  return posix.extname(path) === '' ? `${path}.html` : path;
}

function outsideLoads({ path, document }: BuiltPage): string[] {
  return document
    .querySelectorAll(LOADED)
    .map((element) => element.getAttribute('src') ?? element.getAttribute('href') ?? '')
    .filter((address) => OUTSIDE.test(address))
    .map((address) => `${path}: loads ${address}`);
}

function outsideLoadsOfCss(folder: string, file: string): string[] {
  return [...readFileSync(join(folder, file), 'utf8').matchAll(LOADED_BY_CSS)].map(
    ([rule]) => `/${file}: loads ${rule}`,
  );
}
