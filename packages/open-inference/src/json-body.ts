import { messageOf } from '@warmset/registry/adapter';
import { invalid, refused } from './invalid.js';
import type { CodecLimits } from './limits.js';

/** A body taken apart: its JSON, and the bytes after it where a header said that there are any. */
export interface SplitBody {
  readonly json: Readonly<Record<string, unknown>>;
  readonly binary: Uint8Array | undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws WarmsetError `ERR_INPUT_INVALID` */
export function splitBody(
  what: string,
  body: Uint8Array,
  headerLength: number | undefined,
  limits: CodecLimits,
): SplitBody {
  if (headerLength !== undefined && headerLength > body.length) {
    throw refused(
      `${what}: expected ${headerLength} bytes of JSON, as its header inference-header-content-length says, got ${body.length} bytes.`,
    );
  }
  const json = parsed(what, headerLength === undefined ? body : body.subarray(0, headerLength), limits);
  if (!isObject(json)) throw invalid(what, 'a JSON object', json);
  return { json, binary: headerLength === undefined ? undefined : body.subarray(headerLength) };
}

function parsed(what: string, bytes: Uint8Array, { maxDepth }: CodecLimits): unknown {
  if (isDeeperThan(bytes, maxDepth)) {
    throw refused(`${what}: expected JSON of at most ${maxDepth} levels, got deeper.`);
  }
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw refused(`${what}: expected JSON, got ${bytes.length} bytes that are none: ${messageOf(cause)}.`);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether JSON nests deeper than `most` levels, found out before anything is made of it: brackets outside of strings.
 * Whatever else is wrong with the text is for the parser to say.
 */
export function isDeeperThan(bytes: Uint8Array, most: number): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfString(bytes, at + 1);
    } else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > most) return true;
    } else if (byte === 0x5d || byte === 0x7d) {
      depth -= 1;
    }
  }
  return false;
}

/** Where the quote is that ends a string. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
