/** What a link of a page is on the site, where that is not what it is on GitHub. */
import { posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

const PAGE = /^docs\/.*\.md(#|$)/;
const README = /(^|\/)README\.md(?=#|$)/;
const ELSEWHERE = /^([a-z][a-z0-9+.-]*:|#|\/)/i;

/**
 * A folder's README.md is its index; what is no page of docs/ (an example, a source) is not on the site, so the
 * link leads to the repository. `scripts/check-docs.mjs` knows whether it is there.
 *
 * @param repository the address of the repository's root, without a slash at its end
 */
export function linksOfSite(md: MarkdownRenderer, repository: string): void {
  md.core.ruler.push('links_of_site', ({ tokens, env }) => {
    const folder = posix.dirname((env as { relativePath: string }).relativePath);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null && !ELSEWHERE.test(href)) token.attrSet('href', addressOf(href, folder, repository));
    }
  });
}

function addressOf(href: string, folder: string, repository: string): string {
  // `docs` stands for the folder that pages are in, so that a path which leads out of it can be told.
  const fromRoot = posix.normalize(posix.join('docs', folder, href));
  if (!PAGE.test(fromRoot)) return `${repository}/${fromRoot}`;
  return href.replace(README, '$1index.md');
}
