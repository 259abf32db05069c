import measure from 'fast-string-truncated-width';

/** Columns that a text takes on a terminal; escape sequences take none. */
export function textWidth(text: string): number {
  return measure(text).width;
}

/** As much of a line as fits, with `…` where something is missing. */
export function cutToWidth(text: string, columns: number): string {
  const { ellipsed, index } = measure(text, { limit: columns, ellipsis: '…', ellipsisWidth: 1 });
  // The style that the cut left open ends here.
  return ellipsed ? `${text.slice(0, index)}\x1b[0m…` : text;
}
