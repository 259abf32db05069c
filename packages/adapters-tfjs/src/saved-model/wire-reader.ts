/** One field of a protocol buffer message: its number, and a varint or the bytes of something longer. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

/**
 * Reads a message's fields, without knowing its schema.
 *
 * @throws Error where the bytes are no message or end too early
 */
export function readFields(message: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  let offset = 0;

  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[offset];
      if (byte === undefined) throw new Error('it ends too early');
      offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('it is no protocol buffer');
  };
  const bytes = (length: number): Uint8Array => {
    if (length > message.length - offset) throw new Error('it ends too early');
    offset += length;
    return message.subarray(offset - length, offset);
  };

  while (offset < message.length) {
    const key = Number(varint());
    const number = Math.floor(key / 8);
    if (number === 0) throw new Error('it is no protocol buffer');
    switch (key % 8) {
      case 0:
        fields.push({ number, value: varint() });
        break;
      case 1:
        fields.push({ number, value: bytes(8) });
        break;
      case 2:
        fields.push({ number, value: bytes(Number(varint())) });
        break;
      case 5:
        fields.push({ number, value: bytes(4) });
        break;
      default:
        throw new Error('it is no protocol buffer');
    }
  }
  return fields;
}

/** The messages, or other bytes, under a field's number. */
export function messagesOf(fields: readonly WireField[], number: number): Uint8Array[] {
  return fields.flatMap((field) =>
    field.number === number && field.value instanceof Uint8Array ? [field.value] : [],
  );
}

/** The last text under a field's number, or an empty one: what a message without the field means. */
export function textOf(fields: readonly WireField[], number: number): string {
  return Buffer.from(messagesOf(fields, number).at(-1) ?? []).toString('utf8');
}

/** The last number under a field's number, or 0. */
export function numberOf(fields: readonly WireField[], number: number): number {
  const value = fields.findLast((field) => field.number === number)?.value;
  return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0;
}
