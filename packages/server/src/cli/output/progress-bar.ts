import type { Terminal } from './terminal.js';

/** The last line of a terminal, redrawn in place: what is written meanwhile stands above it. */
export class StatusLine {
  readonly #terminal: Terminal;
  #shown = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(text: string): void {
    if (!this.#terminal.isTty || text === this.#shown) return;
    this.#shown = text;
    this.#terminal.write(`${CLEAR_LINE}${text}`);
  }

  /** Writes whole lines above. */
  writeAbove(text: string): void {
    if (this.#shown === '') return this.#terminal.write(text);
    this.#terminal.write(`${CLEAR_LINE}${text}${this.#shown}`);
  }

  clear(): void {
    if (this.#shown === '') return;
    this.#shown = '';
    this.#terminal.write(CLEAR_LINE);
  }
}

const CLEAR_LINE = '\r\x1b[2K';

/** `━━━━━━━╺───────── 3/8 liver`: how far a list of things is. @param fraction 0 to 1 */
export function progressBar(
  fraction: number,
  width: number,
): { readonly done: string; readonly left: string } {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return { done: '━'.repeat(filled), left: '─'.repeat(width - filled) };
}
