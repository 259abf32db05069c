/** What stands at the left of every page. */
import type { DefaultTheme } from 'vitepress';
import type { Page } from './pages.js';

interface Group {
  readonly text: string;
  /** In order: a page's path, with a shorter name where its title is long; `folder/*` is the rest of a folder. */
  readonly pages: readonly (string | readonly [path: string, text: string])[];
}

/** By the folder whose pages have it. Long lists have a sidebar of their own instead of one that unfolds. */
const SIDEBARS: Readonly<Record<string, readonly Group[]>> = {
  '/': [
    {
      text: 'Guide',
      pages: [
        ['', 'Overview'],
        'getting-started',
        ['migrating', 'Migrating from a singleton'],
        'concepts',
        'isolation',
        'memory',
        'attribution',
        'eviction',
        'testing',
      ],
    },
    { text: 'Models', pages: ['adapters/*'] },
    {
      text: 'Serving',
      pages: [
        'server',
        ['cli', 'The command warmset'],
        'dashboard',
        ['open-inference', 'Open Inference Protocol'],
      ],
    },
    { text: 'Frameworks', pages: ['frameworks/*'] },
    { text: 'Running it', pages: ['deploy-512mb', 'operating', 'observability'] },
    { text: 'Reference', pages: [['api/', 'API'], 'errors', 'events', 'semantics'] },
    { text: 'Project', pages: ['benchmarks', ['adr/', 'Decisions']] },
  ],
  '/api/': [
    { text: 'Reference', pages: [['', 'Overview'], 'errors', 'events', 'semantics'] },
    { text: 'API', pages: [['api/', 'All imports'], 'api/*'] },
  ],
  '/adr/': [
    { text: 'Project', pages: [['', 'Overview'], 'benchmarks'] },
    { text: 'Decisions', pages: [['adr/', 'All decisions'], 'adr/*'] },
  ],
};

/** @throws Error where a page is in no sidebar: nobody would find it */
export function sidebarsOf(pages: readonly Page[]): DefaultTheme.SidebarMulti {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const named = new Set(
    Object.values(SIDEBARS).flatMap((groups) => groups.flatMap(({ pages }) => pages.map(pathOf))),
  );
  const listed = new Set<string>();

  const itemsOf = (entry: Group['pages'][number]): DefaultTheme.SidebarItem[] => {
    const path = pathOf(entry);
    if (path.endsWith('/*')) {
      const folder = path.slice(0, -1);
      return pages
        .filter((page) => page.path.startsWith(folder) && !named.has(page.path))
        .flatMap((page) => itemsOf(page.path));
    }
    const page = byPath.get(path);
    if (page === undefined) {
      console.warn(`A sidebar names docs/${path}.md, which is not there: it is left out.`);
      return [];
    }
    listed.add(path);
    return [{ text: typeof entry === 'string' ? page.title : entry[1], link: `/${path}` }];
  };
  const groupsOf = (groups: readonly Group[]) =>
    groups
      .map(({ text, pages: entries }) => ({ text, items: entries.flatMap(itemsOf) }))
      .filter(({ items }) => items.length > 0);

  const sidebars = Object.fromEntries(
    Object.entries(SIDEBARS).map(([folder, groups]) => [folder, groupsOf(groups)]),
  );
  const lost = pages.filter(({ path }) => !listed.has(path)).map(({ path }) => path);
  if (lost.length > 0)
    throw new Error(`In no sidebar of docs/.vitepress/site/sidebar.ts: ${lost.join(', ')}`);
  return sidebars;
}

function pathOf(entry: Group['pages'][number]): string {
  return typeof entry === 'string' ? entry : entry[0];
}
