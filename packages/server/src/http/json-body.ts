import { parse } from 'secure-json-parse';
import { HttpError } from './http-error.js';

/**
 * JSON from a stranger: no deeper than `maxDepth`, found out before it is parsed, and without the keys that could reach
 * the prototype of what it is copied to.
 *
 * @throws HttpError 400
 */
export function parseJsonBody(body: Uint8Array, maxDepth: number): unknown {
  if (body.length === 0) throw new HttpError(400, 'The body is empty; expected JSON.');
  checkDepth(body, maxDepth);
  const text = decode(body);
  try {
    return parse(text, null, { protoAction: 'error', constructorAction: 'error' });
  } catch (error) {
    const isForbidden = error instanceof SyntaxError && /forbidden prototype/.test(error.message);
    throw new HttpError(400, isForbidden ? 'The JSON has a forbidden key.' : 'The body is not JSON.');
  }
}

function decode(body: Uint8Array): string {
  try {
    return UTF8.decode(body);
  } catch {
    throw new HttpError(400, 'The body is not UTF-8.');
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });
const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** Brackets outside of strings; whatever else is wrong with the text is for the parser to say. */
function checkDepth(body: Uint8Array, maxDepth: number): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index];
    if (inString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > maxDepth) throw new HttpError(400, `The JSON is nested deeper than ${maxDepth} levels.`);
    } else if (byte === 0x5d || byte === 0x7d) {
      depth -= 1;
    }
  }
}
