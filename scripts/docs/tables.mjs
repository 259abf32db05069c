/** The tables of the pages that the sources have the last word on. Each is the text between two marks of its page. */
import { importSource, interfaceMembers, unionMembers, unionNames } from './source.mjs';

/** @type {Readonly<Record<string, { page: string, write(): Promise<string> }>>} by the name in the mark */
export const tables = {
  'error-codes': { page: 'docs/errors.md', write: errorCodes },
  states: { page: 'docs/concepts.md', write: states },
  events: { page: 'docs/events.md', write: events },
};

async function errorCodes() {
  const { ERROR_CODES } = await importSource('error-codes.ts');
  return Object.entries(ERROR_CODES)
    .map(([code, { when, remedy }]) => `### ${code}\n\n${when}\n\n**What to do.** ${remedy}`)
    .join('\n\n');
}

async function states() {
  const { isLegal } = await importSource('entry-state.ts');
  const members = unionMembers('entry-state.ts', 'ModelState');
  const rows = members.map(({ name, doc }) => {
    const next = members.filter((to) => isLegal(name, to.name)).map((to) => code(to.name));
    return [code(name), doc, next.join(', ')];
  });
  return table(['state', 'meaning', 'may become'], rows);
}

async function events() {
  const members = interfaceMembers('events.ts', 'RegistryEvents');
  const rows = members.map(({ name, doc, type }) => [code(name), doc, fieldsOf(type).map(code).join(', ')]);
  const reasons = unionNames('events.ts', 'EvictionReason').map(code).join(', ');
  return `${table(['event', 'when', 'carries'], rows)}\n\nThe \`reason\` of \`evicted\` is one of ${reasons}.`;
}

/** `{ name: string; at: number }` → its names. */
function fieldsOf(type) {
  return type
    .slice(1, -1)
    .split(';')
    .map((field) => field.split(':')[0].trim())
    .filter((field) => field !== '');
}

function code(text) {
  return `\`${text}\``;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
