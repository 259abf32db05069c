import type { ByteReader } from './model-source.js';

/** One field of a protobuf message: where its value lies in the file. */
export interface WireField {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  /** The value, where it is a varint; a length, where it is text, bytes or a message. */
  readonly value: number;
  readonly isDelimited: boolean;
}

/** What to do with a message's fields, by field number; fields not named are skipped unread. */
export type FieldHandlers = { readonly [number: number]: (field: WireField) => void | Promise<void> };

const WINDOW_BYTES = 64 * 1024;
/** A tag and a length, each at most ten bytes. */
const LONGEST_HEADER = 20;
/** protobuf's own limit on nesting. */
const DEEPEST = 100;
/** More than any name or path is long. */
const LONGEST_TEXT = 1024 * 1024;

/**
 * Reads chosen fields of a protobuf file and steps over the rest, by the format's
 * [encoding](https://protobuf.dev/programming-guides/encoding/). Libraries decode a message that is in memory as a whole;
 * an ONNX file is nearly all weights, of which nothing needs to be read.
 */
export class WireReader {
  readonly #reader: ByteReader;
  #window: Uint8Array = new Uint8Array();
  #windowStart = 0;
  #position = 0;
  #depth = 0;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  /** Walks the file's outermost message. @throws Error where the bytes are not protobuf */
  async file(handlers: FieldHandlers): Promise<void> {
    await this.#walk(0, this.#reader.size, handlers);
  }

  /** Walks a field that is a message. */
  async message(field: WireField, handlers: FieldHandlers): Promise<void> {
    // Another wire type under the same number is an unknown field, which protobuf skips.
    if (!field.isDelimited) return;
    if (this.#depth === DEEPEST) throw new Error(`its messages nest deeper than ${DEEPEST}`);
    this.#depth += 1;
    await this.#walk(field.start, field.end, handlers);
    this.#depth -= 1;
  }

  async text(field: WireField): Promise<string> {
    const length = field.end - field.start;
    if (length > LONGEST_TEXT) throw new Error(`a name in it is ${length} bytes long`);
    return Buffer.from(await this.#bytes(field.start, length)).toString('utf8');
  }

  /** How many numbers a repeated field adds: one, or as many as are packed into it. */
  async varintCount(field: WireField): Promise<number> {
    if (!field.isDelimited) return 1;
    const bytes = await this.#bytes(field.start, field.end - field.start);
    return bytes.reduce((count, byte) => (byte < 0x80 ? count + 1 : count), 0);
  }

  /** Short values are in the window already, as a rule. */
  async #bytes(start: number, length: number): Promise<Uint8Array> {
    const offset = start - this.#windowStart;
    const inWindow = offset >= 0 && offset + length <= this.#window.length;
    return inWindow ? this.#window.subarray(offset, offset + length) : this.#reader.read(start, length);
  }

  async #walk(start: number, end: number, handlers: FieldHandlers): Promise<void> {
    this.#position = start;
    while (this.#position < end) {
      if (!this.#holds(LONGEST_HEADER)) await this.#fill();
      const field = this.#field(end);
      const handling = handlers[field.number]?.(field);
      if (handling !== undefined) await handling;
      this.#position = field.end;
    }
  }

  #holds(bytes: number): boolean {
    const offset = this.#position - this.#windowStart;
    return offset >= 0 && offset + bytes <= this.#window.length;
  }

  async #fill(): Promise<void> {
    this.#windowStart = this.#position;
    this.#window = await this.#reader.read(this.#position, WINDOW_BYTES);
  }

  #field(end: number): WireField {
    const at = this.#position;
    const tag = this.#varint();
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (number === 0) throw new Error(`at byte ${at} there is no protobuf field`);
    const isDelimited = wireType === 2;
    const value = wireType === 0 || isDelimited ? this.#varint() : 0;
    const start = this.#position;
    const length = isDelimited ? value : FIXED_LENGTH[wireType];
    if (length === undefined) throw new Error(`at byte ${at} there is no protobuf field`);
    if (start + length > end) {
      throw new Error(
        `it ends too early: byte ${at} announces ${length} bytes, ${Math.max(0, end - start)} are left`,
      );
    }
    return { number, start, end: start + length, value, isDelimited };
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count += 1) {
      const byte = this.#window[this.#position - this.#windowStart];
      if (byte === undefined) throw new Error(`it ends too early, at byte ${this.#position}`);
      this.#position += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new Error(`at byte ${this.#position} there is no protobuf field`);
  }
}

/** Bytes after the tag, by wire type; a varint's have been read by then, and groups (3, 4) are not in ONNX. */
const FIXED_LENGTH: Readonly<Record<number, number>> = { 0: 0, 1: 8, 5: 4 };
