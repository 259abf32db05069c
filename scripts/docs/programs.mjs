/** The code blocks of the pages as programs: what a reader would have in files after reading a page from its top. */

/**
 * @typedef {object} Program
 * @property {string} page
 * @property {string} file its name in the page's folder
 * @property {readonly import('./markdown.mjs').Block[]} blocks
 * @property {boolean} runs
 * @property {string} [output] what the page says that it prints
 *
 * @typedef {object} Programs
 * @property {Program[]} programs
 * @property {{ page: string, block: import('./markdown.mjs').Block }[]} others of languages that are checked otherwise
 * @property {{ where: string, reason: string }[]} unchecked
 * @property {string[]} problems
 */

const EXTENSIONS = { ts: 'ts', js: 'mjs', cjs: 'cjs' };
const UNCHECKED = new Set(['text', 'diff', 'yaml', 'toml', 'dockerfile', 'mermaid', 'html', 'ini', 'python']);
const OTHERS = new Set(['sh', 'json']);
const KNOWN = {
  ts: ['run', 'continues', 'no-check'],
  js: ['run', 'continues', 'no-check'],
  cjs: ['run', 'no-check'],
  text: ['output'],
  sh: [],
  json: [],
};

/**
 * A block is a module of its own, unless it says `continues`: then it goes on where the one before it ended.
 * `file=name.ts` gives it a name that later blocks of the page import. `run` runs it, and a `text output` block after it
 * is what it must print.
 *
 * @param {readonly import('./pages.mjs').ProjectPage[]} pages
 * @returns {Programs}
 */
export function programsOf(pages) {
  /** @type {Programs} */
  const found = { programs: [], others: [], unchecked: [], problems: [] };
  for (const page of pages) {
    if (!page.isGenerated) readPage(page, found);
  }
  return found;
}

function readPage(page, { programs, others, unchecked, problems }) {
  let last;
  for (const block of page.blocks) {
    const where = `${page.path}:${block.line}`;
    const problem = problemWith(block, last);
    if (problem !== undefined) {
      problems.push(`${where}: ${problem}`);
    } else if (block.flags.includes('no-check')) {
      unchecked.push({ where, reason: block.attributes.reason });
    } else if (block.lang in EXTENSIONS) {
      const runs = block.flags.includes('run');
      if (block.flags.includes('continues')) {
        last.blocks.push(block);
        last.runs ||= runs;
      } else {
        const file = block.attributes.file ?? `line-${block.line}.${EXTENSIONS[block.lang]}`;
        last = { page: page.path, file, blocks: [block], runs };
        programs.push(last);
      }
    } else if (OTHERS.has(block.lang)) {
      others.push({ page: page.path, block });
    } else if (block.flags.includes('output')) {
      last.output = block.code;
    }
  }
}

function problemWith({ lang, flags, attributes }, last) {
  if (!(lang in EXTENSIONS) && !OTHERS.has(lang) && !UNCHECKED.has(lang)) {
    return `a code block in ${lang === '' ? 'no language' : `the language "${lang}"`}, which nothing checks; plain text is \`text\``;
  }
  const unknown = flags.find((flag) => !(KNOWN[lang] ?? []).includes(flag));
  if (unknown !== undefined) return `there is no flag "${unknown}" for ${lang}`;
  const stray = Object.keys(attributes).find((key) => key !== 'file' && key !== 'reason');
  if (stray !== undefined) return `there is no attribute "${stray}"`;
  if (flags.includes('no-check') && !attributes.reason) return 'no-check wants reason="…"';
  if (flags.includes('continues') && last === undefined) return 'continues what? No block is before it';
  if (flags.includes('output') && !last?.runs)
    return 'an output that nothing prints: the block before it does not run';
  return undefined;
}
