import type { IncomingMessage } from 'node:http';
import { type OnBodyBytes, tooLarge } from '../http/body.js';
import { HttpError } from '../http/http-error.js';

/** A request whose body a framework may have read already, as `express.json()` and its like leave it. */
export interface Parsed {
  readonly body?: unknown;
}

/**
 * The whole body, without a web stream in between.
 *
 * @throws HttpError 413 as soon as it is more than `limit` bytes, 400 where it ends early; what `onBytes` throws
 */
export function readNodeBody(
  request: IncomingMessage & Parsed,
  limit: number,
  onBytes: OnBodyBytes,
): Promise<Uint8Array> {
  if (request.readableEnded || request.body !== undefined)
    return Promise.resolve(alreadyRead(request, limit));
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    let length = 0;
    const settle = (act: () => void) => {
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('close', onClose);
      request.off('error', onClose);
      act();
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      try {
        if (length > limit) throw tooLarge(limit);
        onBytes(length);
      } catch (error) {
        return settle(() => reject(error));
      }
      if (first === undefined) {
        first = chunk;
      } else {
        more ??= [first];
        more.push(chunk);
      }
    };
    const onEnd = () =>
      settle(() => resolve(more === undefined ? (first ?? EMPTY) : Buffer.concat(more, length)));
    const onClose = () => settle(() => reject(new HttpError(400, 'The body could not be read to its end.')));
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onClose);
    request.on('error', onClose);
  });
}

const EMPTY = new Uint8Array();

/** Parsing and writing again costs time and the digits of large integers: mount before `express.json()` where that matters. */
export function alreadyRead({ body }: Parsed, limit: number): Uint8Array {
  if (body === undefined) throw new HttpError(400, 'The body was read before it came here.');
  const bytes =
    body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  if (bytes.length > limit) throw tooLarge(limit);
  return bytes;
}
