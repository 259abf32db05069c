import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import { checkSite } from './site/check.js';
import { withoutContents } from './site/contents.js';
import { fileNames } from './site/file-names.js';
import { linksOfSite } from './site/links.js';
import { allPages } from './site/pages.js';
import { sidebarsOf } from './site/sidebar.js';

const REPOSITORY = 'https://github.com/warmset/warmset';

/** The pages are plain Markdown that GitHub shows too: what differs on the site is made here, not written on them. */
export default defineConfig({
  title: 'Warmset',
  description: 'Keeps many ML models ready inside a Node server that cannot hold them all.',
  lang: 'en',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/icon.svg' }]],
  rewrites: { 'README.md': 'index.md', ':folder/README.md': ':folder/index.md' },
  ignoreDeadLinks: false,
  markdown: {
    // As on GitHub, so that a link to a heading leads there in both places.
    anchor: { slugify: slug },
    // VitePress's own choice is too pale in comments and types.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-default' },
    languageAlias: { cjs: 'js' },
    config: (md) => md.use(linksOfSite, `${REPOSITORY}/blob/main`).use(withoutContents).use(fileNames),
  },
  themeConfig: {
    logo: '/icon.svg',
    search: { provider: 'local' },
    nav: [
      { text: 'Guide', link: '/getting-started' },
      { text: 'Concepts', link: '/concepts' },
      { text: 'API', link: '/api/' },
      { text: 'Errors', link: '/errors' },
      { text: 'Benchmarks', link: '/benchmarks' },
      // Not a social link, whose icon may be asked of another server.
      { text: 'GitHub', link: REPOSITORY },
    ],
    sidebar: sidebarsOf(allPages()),
    outline: { level: [2, 3] },
    editLink: { pattern: `${REPOSITORY}/edit/main/docs/:path`, text: 'Edit this page' },
    footer: { message: 'Apache-2.0' },
  },
  buildEnd: ({ outDir }) => checkSite(outDir),
});
