import type { Readable } from 'node:stream';

const TAIL_BYTES = 4096;

/** Keeps the end of a host's stderr for error messages. */
export class StderrTail {
  #tail: Buffer = Buffer.alloc(0);
  #seenBytes = 0;

  constructor(stream: Readable) {
    stream.on('data', (chunk: Buffer) => {
      this.#seenBytes += chunk.byteLength;
      this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-TAIL_BYTES);
    });
  }

  /** How much has been written so far: a mark for {@link text}. */
  get seenBytes(): number {
    return this.#seenBytes;
  }

  /** A sentence to end a message with, or nothing; only of what was written after the mark, where one is given. */
  text(sinceBytes = 0): string {
    const written = Math.min(this.#seenBytes - sinceBytes, this.#tail.byteLength);
    const text = written > 0 ? this.#tail.subarray(-written).toString().trim() : '';
    return text === '' ? '' : ` Its stderr ended with:\n${text}`;
  }
}
