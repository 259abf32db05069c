import { HttpError } from './http-error.js';

export function tooLarge(limit: number): HttpError {
  // What the client goes on sending is not read, so the connection cannot be used again.
  return new HttpError(413, `The body is larger than ${limit} bytes.`, { headers: { connection: 'close' } });
}

/** @throws HttpError 413 where the client says that it sends more, 400 where it says nothing sensible */
export function checkContentLength(value: string | null | undefined, limit: number): void {
  if (value === null || value === undefined) return;
  if (!/^\d{1,15}$/.test(value))
    throw new HttpError(400, 'Header content-length: expected a number of bytes.');
  if (Number(value) > limit) throw tooLarge(limit);
}

/**
 * A type that a page of another origin can send without asking first (`text/plain`, a form) is refused with the rest.
 * None at all is taken for JSON.
 *
 * @throws HttpError 415
 */
export function checkContentType(type: string | null | undefined, encoding: string | null | undefined): void {
  if (
    type !== null &&
    type !== undefined &&
    !/^application\/([\w.-]+\+)?(json|octet-stream)\s*(;|$)/i.test(type)
  ) {
    throw new HttpError(415, 'Header content-type: expected application/json or application/octet-stream.');
  }
  if (encoding !== null && encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new HttpError(415, 'Header content-encoding: expected identity; compressed bodies are not taken.');
  }
}

/** The whole body. @throws HttpError 413 as soon as it is more than `limit` bytes, 400 where it ends early */
export async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      if (request.signal.aborted) throw request.signal.reason;
      throw new HttpError(400, 'The body could not be read to its end.');
    });
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel().catch(() => {});
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
}
