import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** An exchange that came to no answer. */
export class ExchangeFailure extends Error {
  /** `false` where it is certain that the server has got nothing of the request. */
  readonly sent: boolean;
  override readonly name = 'ExchangeFailure';

  constructor(sent: boolean, cause: Error & { readonly code?: unknown }) {
    // Where several addresses were tried, the message is empty.
    super(cause.message || String(cause.code ?? cause.name), { cause });
    this.sent = sent;
  }
}

export interface ExchangeLimits {
  readonly signal: AbortSignal;
  readonly maxResponseBytes: number;
  /** What an answer past that ends in. */
  tooLarge(): Error;
}

/**
 * One request and its whole answer. It is a handler of undici's dispatcher, and not its `request()`, for two things:
 * `onRequestStart` is called right before the first byte is written, so whether any was is known for certain; and a
 * signal ends the wait for a connection too, not only for an answer.
 *
 * @throws ExchangeFailure; the signal's reason; `tooLarge()`
 */
export function exchange(
  dispatcher: Dispatcher,
  { method, path, headers = {}, body }: HttpRequest,
  { signal, maxResponseBytes, tooLarge }: ExchangeLimits,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let status = 0;
    let answered: IncomingHttpHeaders = {};
    let length = 0;
    const chunks: Uint8Array[] = [];
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = () => {
      end(() => reject(signal.reason));
      controller?.abort(new Error('aborted'));
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    dispatcher.dispatch(
      { method, path, headers: { ...headers }, body: body ?? null },
      {
        onRequestStart(started) {
          // What was given up while it waited for a connection is not sent.
          if (signal.aborted) return started.abort(new Error('aborted'));
          controller = started;
        },
        onResponseStart(_controller, statusCode, received) {
          status = statusCode;
          answered = received;
        },
        onResponseData(receiving, chunk) {
          length += chunk.length;
          if (length <= maxResponseBytes) {
            chunks.push(chunk);
            return;
          }
          end(() => reject(tooLarge()));
          receiving.abort(new Error('too large'));
        },
        onResponseEnd() {
          end(() => resolve({ status, headers: answered, body: Buffer.concat(chunks, length) }));
        },
        onResponseError(_controller, error) {
          end(() => reject(new ExchangeFailure(controller !== undefined, error)));
        },
      },
    );
  });
}
