import { element, setChildren, setText } from './dom.js';

/** One column: its text, or what else it does to its cell. */
export interface Column<Row> {
  readonly title: string;
  readonly className?: string;
  /** Of a row; the first column's is the row's heading. */
  readonly text?: (row: Row) => string;
  /** Called with the same cell as long as the row is there. */
  readonly paint?: (cell: HTMLTableCellElement, row: Row) => void;
}

interface TableOptions<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  /** What stands there instead of rows. */
  readonly empty: string;
}

/** A table whose rows stay the same elements from one rendering to the next. */
export class Table<Row> {
  readonly #options: TableOptions<Row>;
  readonly #table = element('table');
  readonly #body = element('tbody');
  readonly #empty: HTMLParagraphElement;
  readonly #rows = new Map<string, HTMLTableRowElement>();

  constructor(parent: HTMLElement, options: TableOptions<Row>) {
    this.#options = options;
    const headings = options.columns.map(({ title, className }) => {
      const heading = element('th', className, title);
      heading.scope = 'col';
      return heading;
    });
    this.#table.append(
      element('caption', 'unseen', options.caption),
      element('thead', '', element('tr', '', ...headings)),
      this.#body,
    );
    this.#empty = element('p', 'fine', options.empty);
    // It scrolls in itself where it is too wide or too long, which must work without a mouse too.
    parent.tabIndex = 0;
    parent.setAttribute('role', 'group');
    parent.setAttribute('aria-label', options.caption);
    parent.append(this.#table, this.#empty);
  }

  render(rows: readonly Row[]): void {
    const { keyOf, columns } = this.#options;
    this.#table.hidden = rows.length === 0;
    this.#empty.hidden = rows.length > 0;
    const keys = new Set(rows.map(keyOf));
    for (const key of this.#rows.keys()) if (!keys.has(key)) this.#rows.delete(key);
    const elements = rows.map((row) => {
      const line = this.#rowOf(keyOf(row));
      columns.forEach(({ text, paint }, index) => {
        const cell = line.cells[index];
        if (cell === undefined) return;
        if (text !== undefined) setText(cell, text(row));
        paint?.(cell, row);
      });
      return line;
    });
    setChildren(this.#body, elements);
  }

  #rowOf(key: string): HTMLTableRowElement {
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const cells = this.#options.columns.map(({ className }, index) => {
      const cell = element(index === 0 ? 'th' : 'td', className);
      if (index === 0) cell.scope = 'row';
      return cell;
    });
    const row = element('tr', '', ...cells);
    this.#rows.set(key, row);
    return row;
  }
}
