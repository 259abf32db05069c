import { printable } from './printable.js';
import { textWidth } from './text-width.js';

export interface Column {
  readonly title: string;
  /** Numbers stand to the right. Default `left`. */
  readonly align?: 'left' | 'right';
}

/** Columns two spaces apart, as wide as their widest cell, whatever script it is in. Cells are plain text, a stranger's too. */
export function renderTable(columns: readonly Column[], given: readonly (readonly string[])[]): string[] {
  const rows = given.map((row) => row.map(printable));
  const widths = columns.map(({ title }, index) =>
    rows.reduce((width, row) => Math.max(width, textWidth(row[index] ?? '')), textWidth(title)),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, index) => padded(cells[index] ?? '', widths[index] ?? 0, align))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

function padded(text: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'right' ? space + text : text + space;
}
