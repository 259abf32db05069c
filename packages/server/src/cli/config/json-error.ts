import { type Located, locatedTokens, type Place } from './locate.js';

/** Where a text stops being JSON, and what would have gone on there. */
export interface JsonError extends Place {
  readonly expected: string;
  readonly got: string;
}

const CLOSED_BY: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

/**
 * The first token that JSON does not allow where it stands; none where it is JSON. Only for a text that `JSON.parse`
 * refused: Node 20 does not say where that was, and a comma too many is hard to see.
 */
export function locateJsonError(source: string): JsonError | undefined {
  const tokens = locatedTokens(source);
  const open: string[] = [];
  let expects: readonly Expectation[] = [VALUE];
  for (const token of tokens) {
    const met = expects.find(({ fits }) => fits(token, open.at(-1)));
    if (met === undefined) return errorAt(token, expects, open, token.value);
    if (token.value in CLOSED_BY) open.push(token.value);
    if (met === CLOSE) open.pop();
    expects = met.next(token, open.at(-1));
  }
  if (expects.length === 0) return undefined;
  const lines = source.trimEnd().split('\n');
  const end = { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
  return errorAt(end, expects, open, undefined);
}

/** @param within the innermost open `{` or `[` */
interface Expectation {
  readonly words: (within: string | undefined) => string;
  readonly fits: (token: Located, within: string | undefined) => boolean;
  readonly next: (token: Located, within: string | undefined) => readonly Expectation[];
}

const afterValue = (within: string | undefined) => (within === undefined ? [] : [COMMA, CLOSE]);

const VALUE: Expectation = {
  words: () => 'a value',
  fits: ({ value }) => value in CLOSED_BY || value === '-' || isJson(value),
  next: ({ value }, within) => {
    if (value === '{') return [KEY, CLOSE];
    if (value === '[') return [VALUE, CLOSE];
    return value === '-' ? [DIGITS] : afterValue(within);
  },
};

const DIGITS: Expectation = {
  words: () => 'a number',
  fits: ({ value }) => /^\d/.test(value) && isJson(value),
  next: (_token, within) => afterValue(within),
};

const KEY: Expectation = {
  words: () => 'a key in double quotes',
  fits: ({ value }) => value.startsWith('"') && isJson(value),
  next: () => [COLON],
};

const COLON: Expectation = { words: () => ':', fits: ({ value }) => value === ':', next: () => [VALUE] };

const COMMA: Expectation = {
  words: () => ',',
  fits: ({ value }) => value === ',',
  next: (_token, within) => [within === '{' ? KEY : VALUE],
};

const CLOSE: Expectation = {
  words: (within = '{') => CLOSED_BY[within] ?? '',
  fits: ({ value }, within = '') => value === CLOSED_BY[within],
  next: (_token, within) => afterValue(within),
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const LONGEST_GOT = 40;

function errorAt(
  { line, column }: Place,
  expects: readonly Expectation[],
  open: readonly string[],
  token: string | undefined,
): JsonError {
  const expected = expects.map(({ words }) => words(open.at(-1))).join(' or ') || 'nothing more';
  const shown = token?.split('\n')[0] ?? '';
  const cut = shown.length > LONGEST_GOT ? `${shown.slice(0, LONGEST_GOT)}…` : shown;
  return { line, column, expected, got: token === undefined ? 'the end of the file' : cut };
}
