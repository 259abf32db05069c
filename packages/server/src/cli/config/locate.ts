import jsTokens from 'js-tokens';

/** A place in a file, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

interface OpenObject {
  readonly isObject: boolean;
  /** Elements before the current one, in an array. */
  index: number;
  /** The key whose value is being read. */
  key: string | undefined;
}

/**
 * Where a key stands in the first object literal of a config that is as deep as `path`. A key that the source does not
 * spell out (a spread, a variable, a computed name) is not found; the place of what encloses it is given then.
 *
 * @param path `['server', 'port']`
 */
export function locateKey(source: string, path: readonly PropertyKey[]): Place | undefined {
  const places = keyPlaces(source);
  for (let length = path.length; length > 0; length -= 1) {
    const place = places.get(pathText(path.slice(0, length)));
    if (place !== undefined) return place;
  }
  return undefined;
}

/** Every key of the config's object literal, by its path. */
function keyPlaces(source: string): Map<string, Place> {
  const found = new Map<string, Place>();
  const tokens = significant(configPart(source));
  const stack: OpenObject[] = [];
  for (const [index, token] of tokens.entries()) {
    const top = stack.at(-1);
    const next = tokens[index + 1]?.value;
    if (token.value === '{' || token.value === '[' || token.value === '(') {
      stack.push({ isObject: token.value === '{', index: 0, key: undefined });
    } else if (token.value === '}' || token.value === ']' || token.value === ')') {
      stack.pop();
      if (stack.length === 0) break;
    } else if (token.value === ',' && top !== undefined) {
      top.index += 1;
      top.key = undefined;
    } else if (top?.isObject === true && top.key === undefined && isKey(token, next)) {
      top.key = unquoted(token.value);
      const keys = stack.map((open) => (open.isObject ? open.key : open.index));
      // A key inside a call's parentheses is an argument's, not the config's.
      const isConfigs = keys.every((key) => key !== undefined);
      const path = pathText(keys as PropertyKey[]);
      if (isConfigs && !found.has(path)) found.set(path, { line: token.line, column: token.column });
    }
  }
  return found;
}

/** A token of JavaScript and where it begins. */
export interface Located {
  readonly type: string;
  readonly value: string;
  readonly line: number;
  readonly column: number;
}

/** From the `{` of `defineConfig({`, `export default {`, or of a JSON file; line breaks before it are kept. */
function configPart(source: string): string {
  const start =
    /defineConfig\s*(?:<[^>]*>)?\(\s*\{|export\s+default\s*\{|module\.exports\s*=\s*\{|^\s*\{/.exec(source);
  if (start === null) return source;
  const brace = start.index + start[0].length - 1;
  return source.slice(0, brace).replace(/[^\n]/g, ' ') + source.slice(brace);
}

function significant(source: string): Located[] {
  return locatedTokens(source).filter(({ type }) => !/Comment$/.test(type));
}

/** All but the spaces between them. */
export function locatedTokens(source: string): Located[] {
  const tokens: Located[] = [];
  let line = 1;
  let column = 1;
  for (const token of jsTokens(source)) {
    if (!/^(WhiteSpace|LineTerminatorSequence)$/.test(token.type)) {
      tokens.push({ type: token.type, value: token.value, line, column });
    }
    const breaks = token.value.split(/\r\n|[\n\r\u2028\u2029]/);
    line += breaks.length - 1;
    column = breaks.length > 1 ? (breaks.at(-1) ?? '').length + 1 : column + token.value.length;
  }
  return tokens;
}

/** `port:`, `'port':`, and shorthand `port,` or `port }`. */
function isKey({ type }: Located, next: string | undefined): boolean {
  if (type === 'StringLiteral') return next === ':';
  return type === 'IdentifierName' && (next === ':' || next === ',' || next === '}' || next === '(');
}

function unquoted(text: string): string {
  return /^['"]/.test(text) ? text.slice(1, -1) : text;
}

/** `server.port`, `models[0]`: a path as a person writes it. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}
