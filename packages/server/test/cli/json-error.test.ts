import { describe, expect, it } from 'vitest';
import { locateJsonError } from '../../src/cli/config/json-error.js';

describe('where a text stops being JSON', () => {
  it.each<[string, string]>([
    ['{ "a": 1,\n}', '2:1: a key in double quotes, not }'],
    ['{\n  "a": 1\n  "b": 2\n}', '3:3: , or }, not "b"'],
    ['{ // what it is\n}', '1:3: a key in double quotes or }, not // what it is'],
    ["{ 'a': 1 }", "1:3: a key in double quotes or }, not 'a'"],
    ['{ a: 1 }', '1:3: a key in double quotes or }, not a'],
    ['{ "a" 1 }', '1:7: :, not 1'],
    ['{ "a": [1, 2 }', '1:14: , or ], not }'],
    ['{ "a": 0x10 }', '1:8: a value, not 0x10'],
    ['{ "a": -"b" }', '1:9: a number, not "b"'],
    ['{ "a": 1', '1:9: , or }, not the end of the file'],
    ['{ "a": 1 } {', '1:12: nothing more, not {'],
    ['', '1:1: a value, not the end of the file'],
    [`{ "a": ${'x'.repeat(50)} }`, `1:8: a value, not ${'x'.repeat(40)}…`],
  ])('%j', (source, told) => {
    const { line, column, expected, got } = locateJsonError(source) ?? {};
    expect(`${line}:${column}: ${expected}, not ${got}`).toBe(told);
    expect(() => JSON.parse(source)).toThrow();
  });

  it.each(['{}', '[]', '[-1.5e3, "a\\n", true, null, { "a": [[], {}] }]', '7'])(
    'is nowhere in %s',
    (source) => {
      expect(locateJsonError(source)).toBeUndefined();
    },
  );
});
