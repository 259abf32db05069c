/** What check-docs reads out of a Markdown page: code blocks, links and anchors. Enough for our pages, no full parser. */

/**
 * @typedef {object} Block a fenced code block
 * @property {string} lang
 * @property {readonly string[]} flags the words after the language, e.g. `run`, `continues`
 * @property {Readonly<Record<string, string>>} attributes e.g. `file=models.ts`, `reason="…"`
 * @property {string} code
 * @property {number} line of the first line of code, from 1
 *
 * @typedef {object} Link
 * @property {string} target
 * @property {number} line
 *
 * @typedef {object} Page
 * @property {readonly Block[]} blocks
 * @property {readonly Link[]} links
 * @property {ReadonlySet<string>} anchors
 * @property {readonly { text: string, line: number }[]} holes what somebody meant to fill in later
 */

const HOLE = /\b(TODO|TBD|FIXME|XXX)\b|^\s*[A-Z]{4,}\s*$/;
const FENCE = /^(?<indent> *)(?<ticks>`{3,}|~{3,})(?<info>.*)$/;

/**
 * @param {string} text
 * @returns {Page}
 */
export function parsePage(text) {
  const lines = text.split('\n');
  const blocks = [];
  const links = [];
  const anchors = new Set();
  const holes = [];
  let open;
  for (const [index, line] of lines.entries()) {
    const fence = FENCE.exec(line)?.groups;
    if (open !== undefined) {
      if (fence?.ticks.startsWith(open.ticks) && fence.info.trim() === '') {
        blocks.push(blockOf(open));
        open = undefined;
      } else {
        open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart());
      }
    } else if (fence !== undefined) {
      open = { ...fence, lines: [], line: index + 2 };
    } else {
      const heading = /^#{1,6} (.*)$/.exec(line)?.[1];
      if (heading !== undefined) anchors.add(freeAnchor(anchors, slugOf(heading)));
      for (const [, anchor] of line.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(anchor);
      for (const target of targetsIn(line)) links.push({ target, line: index + 1 });
      if (HOLE.test(line)) holes.push({ text: line.trim(), line: index + 1 });
    }
  }
  if (open !== undefined) throw new Error(`line ${open.line - 1}: the code block is never closed`);
  return { blocks, links, anchors, holes };
}

function blockOf({ info, lines, line }) {
  const words = info.trim().match(/[^\s="]+="[^"]*"|\S+/g) ?? [];
  const [lang = '', ...rest] = words;
  const pairs = rest.filter((word) => word.includes('='));
  return {
    lang,
    flags: rest.filter((word) => !word.includes('=')),
    attributes: Object.fromEntries(
      pairs.map((pair) => {
        const [key, ...value] = pair.split('=');
        return [key, value.join('=').replace(/^"|"$/g, '')];
      }),
    ),
    code: lines.join('\n'),
    line,
  };
}

/** Inline links, images, reference definitions and HTML images of a line; what is in backticks is not a link. */
function targetsIn(line) {
  const text = line.replace(/`[^`]*`/g, '');
  const patterns = [
    /\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g,
    /^\[[^\]]+\]: *<?(\S+?)>?(?: "[^"]*")?$/g,
    /<img [^>]*src="([^"]+)"/g,
    /<a [^>]*href="([^"]+)"/g,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, target]) => target));
}

/** The anchor that GitHub gives a heading. */
function slugOf(heading) {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<[^>]*>/g, '')
    .replace(/\\/g, '')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

function freeAnchor(taken, slug) {
  if (!taken.has(slug)) return slug;
  let count = 1;
  while (taken.has(`${slug}-${count}`)) count += 1;
  return `${slug}-${count}`;
}
