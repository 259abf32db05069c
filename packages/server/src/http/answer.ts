import { JSON_TYPE } from '@warmset/open-inference';

/** An answer before it is a `Response` or goes out on a socket. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
}

/**
 * On every answer, a small subset of the [OWASP REST headers](https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers):
 * no browser may guess a type, frame, run or keep any of it. The dashboard's page has a policy of its own.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const JSON_HEADERS = { 'content-type': JSON_TYPE };

export function jsonAnswer(body: unknown, status = 200, headers?: Readonly<Record<string, string>>): Answer {
  return {
    status,
    headers: headers === undefined ? JSON_HEADERS : { ...JSON_HEADERS, ...headers },
    body: JSON.stringify(body),
  };
}

/** Security headers that the answer has its own of stay as they are. */
export function toResponse({ status, headers, body }: Answer): Response {
  return new Response(body, { status, headers: { ...SECURITY_HEADERS, ...headers } });
}
