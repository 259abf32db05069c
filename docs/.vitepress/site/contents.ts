/** Pages list their headings at the top, for GitHub. The site has that at the side of every page. */
import type { MarkdownRenderer } from 'vitepress';

type Token = Parameters<MarkdownRenderer['renderer']['render']>[0][number];

/** Leaves out a page's first list, where it is links to the page's own headings and nothing else. */
export function withoutContents(md: MarkdownRenderer): void {
  md.core.ruler.push('without_contents', (state) => {
    const { tokens } = state;
    const start = tokens.findIndex(({ type }) => type === 'bullet_list_open');
    if (start < 0) return;
    const end = tokens.findIndex(
      ({ type, level }, at) => at > start && type === 'bullet_list_close' && level === 0,
    );
    const texts = tokens.slice(start, end).filter(({ type }) => type === 'inline');
    if (texts.every(isLinkToHeading)) state.tokens = [...tokens.slice(0, start), ...tokens.slice(end + 1)];
  });
}

function isLinkToHeading({ children }: Token): boolean {
  const first = children?.at(0);
  return (
    first?.type === 'link_open' &&
    first.attrGet('href')?.startsWith('#') === true &&
    children?.findIndex(({ type }) => type === 'link_close') === (children?.length ?? 0) - 1
  );
}
