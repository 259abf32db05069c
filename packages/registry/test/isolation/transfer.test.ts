import { describe, expect, it } from 'vitest';
import { packInput, packResult, unpackPiped } from '../../src/isolation/transfer.js';

const big = () => new Float32Array(10_000);

function packed(pack: typeof packInput, value: unknown) {
  const transfer: ArrayBuffer[] = [];
  return { value: pack(value, transfer), transfer };
}

describe('an input', () => {
  it('is posted as it is, none of it handed over', () => {
    const input = { x: { dtype: 'float32', shape: [100, 100], data: big() } };
    expect(packed(packInput, input)).toEqual({ value: input, transfer: [] });
    expect(packed(packInput, input).value).toBe(input);
  });

  it('is cut out of a larger buffer', () => {
    const rows = big();
    const input = { x: { data: rows.subarray(13, 26) } };
    const { value, transfer } = packed(packInput, input);
    expect(value).toEqual(input);
    expect(transfer.map(({ byteLength }) => byteLength)).toEqual([52]);
    expect(transfer).not.toContain(rows.buffer);
    expect(input.x.data.buffer).toBe(rows.buffer);
  });

  it('is read in place where it is shared', () => {
    const input = new Float32Array(new SharedArrayBuffer(80_000), 0, 2);
    expect(packed(packInput, input)).toEqual({ value: input, transfer: [] });
  });

  it('is left alone where it is no tensor', () => {
    for (const input of [
      null,
      'text',
      [1, 2, 3],
      { shape: [1], data: ['a'] },
      new Map(),
      { a: { b: { c: 1 } } },
    ]) {
      expect(packed(packInput, input).value).toBe(input);
    }
  });
});

describe('a result', () => {
  it('is handed over, each buffer once, and small ones copied', () => {
    const data = big();
    const result = { a: { data }, b: { data }, small: { data: new Float32Array(4) } };
    expect(packed(packResult, result)).toEqual({ value: result, transfer: [data.buffer] });
  });

  it('is cut out of a larger buffer, which stays with the model', () => {
    const memory = big();
    const { value, transfer } = packed(packResult, [{ data: memory.subarray(5, 7) }]);
    expect(value).toEqual([{ data: new Float32Array(2) }]);
    expect(transfer).toEqual([]);
  });

  it('is copied as what it was', () => {
    const memory = new ArrayBuffer(80_000);
    for (const view of [
      new BigInt64Array(memory, 8, 1),
      new DataView(memory, 8, 4),
      Buffer.from(memory, 8, 4),
    ]) {
      const { value } = packed(packResult, view);
      expect((value as ArrayBufferView).byteLength).toBe(view.byteLength);
      expect((value as ArrayBufferView).buffer).not.toBe(memory);
    }
  });
});

describe('what came through a pipe', () => {
  it('gets a buffer of its own', () => {
    const chunk = Float32Array.from({ length: 10_000 }, (_, index) => index);
    const value = unpackPiped({ y: { shape: [2], data: chunk.subarray(3, 5) } });
    const { data } = (value as { y: { data: Float32Array } }).y;
    expect([...data]).toEqual([3, 4]);
    expect(data.buffer.byteLength).toBe(8);
    expect(unpackPiped(chunk)).toBe(chunk);
  });
});
