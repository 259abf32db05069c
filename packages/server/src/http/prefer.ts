/** What of a `Prefer` header is heeded ([RFC 7240](https://www.rfc-editor.org/rfc/rfc7240)). */
export interface Preferences {
  /** An answer at once, before the work is done. */
  readonly respondAsync: boolean;
  /** The longest wait, in milliseconds. */
  readonly waitMs: number | undefined;
}

const NONE: Preferences = { respondAsync: false, waitMs: undefined };

/** What is not understood is ignored, as the RFC wants. */
export function parsePrefer(header: string | null | undefined): Preferences {
  if (header === null || header === undefined) return NONE;
  const wait = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;])/i.exec(header)?.[1];
  return {
    respondAsync: /(?:^|[,;])\s*respond-async\s*(?:$|[,;])/i.test(header),
    waitMs: wait === undefined ? undefined : Number(wait) * 1_000,
  };
}
