import { describe, expect, it } from 'vitest';
import { printable } from '../../src/cli/output/printable.js';
import { progressBar, StatusLine } from '../../src/cli/output/progress-bar.js';
import { renderTable } from '../../src/cli/output/table.js';
import { cutToWidth } from '../../src/cli/output/text-width.js';
import { formatBytes, formatMs, parseBytes } from '../../src/cli/output/units.js';

describe('sizes', () => {
  it.each([
    ['300MB', 300e6],
    ['512 MiB', 512 * 2 ** 20],
    ['1.5gb', 1.5e9],
    ['2G', 2e9],
    ['1000', 1000],
    ['64kib', 65_536],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', '0', '-1', 'MB', '1 apple', '1e9', '12 34', '0.0001'])('%j is none', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [2_140_000, '2.14 MB'],
    [99_960_000, '100 MB'],
    [999_900_000, '1.00 GB'],
    [5e15, '5000 TB'],
    [Number.NaN, '–'],
  ])('%d bytes are shown as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [0.3401, '340 µs'],
    [2.1, '2.10 ms'],
    [412, '412 ms'],
    [999.7, '1.00 s'],
    [12_340, '12.3 s'],
    [125_000, '2 min 5 s'],
  ])('%d ms are shown as %s', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });
});

describe('a table', () => {
  it('has columns as wide as what is in them, in any script', () => {
    expect(
      renderTable(
        [{ title: 'MODEL' }, { title: 'MB', align: 'right' }, { title: 'STATE' }],
        [
          ['心臓', '12', 'ready'],
          ['liver', '1', ''],
        ],
      ),
    ).toEqual(['MODEL  MB  STATE', '心臓   12  ready', 'liver   1']);
  });
});

describe('a line that is too long', () => {
  it.each([
    ['heart', 'heart'],
    ['heart ready', 'heart\x1b[0m…'],
    ['\x1b[1mheart\x1b[0m', '\x1b[1mheart\x1b[0m'],
    ['心臓心臓', '心臓\x1b[0m…'],
  ])('%j is cut to six columns', (text, cut) => {
    expect(cutToWidth(text, 6)).toBe(cut);
  });
});

describe('the status line', () => {
  const lineOn = (isTty: boolean) => {
    let written = '';
    const terminal = {
      isTty,
      hasColours: false,
      columns: 80,
      write: (text: string) => {
        written += text;
      },
      paint: (_style: unknown, text: string) => text,
    };
    return { line: new StatusLine(terminal), written: () => written };
  };

  it('stays below what is written meanwhile', () => {
    const { line, written } = lineOn(true);
    line.show('loading 1/2');
    line.writeAbove('heart is ready\n');
    line.clear();
    line.writeAbove('done\n');
    const clear = '\r\x1b[2K';
    expect(written()).toBe(`${clear}loading 1/2${clear}heart is ready\nloading 1/2${clear}done\n`);
  });

  it('is not there where nobody looks at a terminal', () => {
    const { line, written } = lineOn(false);
    line.show('loading 1/2');
    line.writeAbove('heart is ready\n');
    expect(written()).toBe('heart is ready\n');
  });

  it('draws a bar of one width', () => {
    expect(progressBar(0.5, 4)).toEqual({ done: '━━', left: '──' });
    expect(progressBar(7, 4)).toEqual({ done: '━━━━', left: '' });
  });
});

it('what would steer the terminal is shown as an escape, in a line and in a table', () => {
  expect(printable('a\x1b[2Jb\x00\x9b\nü\t')).toBe('a\\x1b[2Jb\\x00\\x9b\nü\t');
  expect(renderTable([{ title: 'A' }], [['x\x1b[31m']])).toEqual(['A', 'x\\x1b[31m']);
});
