/** Shows the name that a block of code has for the page's other blocks: ```` ```ts file=models.ts ````. */
import type { MarkdownRenderer } from 'vitepress';

export function fileNames(md: MarkdownRenderer): void {
  const render = md.renderer.rules.fence;
  if (render === undefined) throw new Error('VitePress renders no blocks of code');
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const block = render(tokens, index, ...rest);
    const name = /\bfile=(\S+)/.exec(tokens[index]?.info ?? '')?.[1];
    return name === undefined ? block : `<p class="file-name">${md.utils.escapeHtml(name)}</p>${block}`;
  };
}
