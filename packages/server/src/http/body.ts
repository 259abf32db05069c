import { HttpError } from './http-error.js';

export function tooLarge(limit: number): HttpError {
  // What the client goes on sending is not read, so the connection cannot be used again.
  return new HttpError(413, `The body is larger than ${limit} bytes.`, { headers: { connection: 'close' } });
}

/**
 * @returns the bytes that the client says it sends; 0 where it does not say
 * @throws HttpError 413 where they are more than the limit, 400 where it says nothing sensible
 */
export function checkContentLength(value: string | null | undefined, limit: number): number {
  if (value === null || value === undefined) return 0;
  if (!/^\d{1,15}$/.test(value))
    throw new HttpError(400, 'Header content-length: expected a number of bytes.');
  if (Number(value) > limit) throw tooLarge(limit);
  return Number(value);
}

type Header = (name: string) => string | null | undefined;

const OWN_TYPE = /^application\/([\w.-]+\+)?(json|octet-stream)\s*(;|$)/i;

/** What curl sends of itself; Triton takes it for JSON too. */
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(;|$)/i;

/**
 * None at all, and curl's, are taken for JSON. What a page of another origin can send without asking first (`text/plain`,
 * a form, no type) is refused with the rest: a browser tells an origin with it.
 *
 * @throws HttpError 415
 */
export function checkContentType(header: Header): void {
  const type = header('content-type') ?? '';
  const encoding = header('content-encoding');
  // A page sends no type where its body has none, a `Blob` say.
  const isCurls = (type === '' || FORM_TYPE.test(type)) && (header('origin') ?? '') === '';
  if (!OWN_TYPE.test(type) && !isCurls) {
    throw new HttpError(415, 'Header content-type: expected application/json or application/octet-stream.');
  }
  if (encoding !== null && encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new HttpError(415, 'Header content-encoding: expected identity; compressed bodies are not taken.');
  }
}

/** Told how many bytes of a body have come; throws where there is no room for them. */
export type OnBodyBytes = (bytes: number) => void;

/** The whole body. @throws HttpError 413 as soon as it is more than `limit` bytes, 400 where it ends early; what `onBytes` throws */
export async function readBody(
  request: Request,
  limit: number,
  onBytes: OnBodyBytes = () => {},
): Promise<Uint8Array> {
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
    try {
      if (length > limit) throw tooLarge(limit);
      onBytes(length);
    } catch (error) {
      await reader.cancel().catch(() => {});
      throw error;
    }
    chunks.push(value);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
}
