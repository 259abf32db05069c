import { isDeeperThan } from '@warmset/open-inference';
import { parse } from 'secure-json-parse';
import { HttpError } from './http-error.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * JSON from a stranger: no deeper than `maxDepth`, found out before it is parsed, and without the keys that could reach
 * the prototype of what it is copied to.
 *
 * @throws HttpError 400
 */
export function parseJsonBody(body: Uint8Array, maxDepth: number): unknown {
  if (body.length === 0) throw new HttpError(400, 'The body is empty; expected JSON.');
  if (isDeeperThan(body, maxDepth))
    throw new HttpError(400, `The JSON is nested deeper than ${maxDepth} levels.`);
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
