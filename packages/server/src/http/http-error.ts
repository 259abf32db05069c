/** A refusal by the server itself, in words that a client may read. */
export class HttpError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds after which the same request may succeed. */
  readonly retryAfterMs: number | undefined;

  constructor(
    status: number,
    message: string,
    options: { headers?: Record<string, string>; retryAfterMs?: number | undefined } = {},
  ) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.headers = options.headers ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}
