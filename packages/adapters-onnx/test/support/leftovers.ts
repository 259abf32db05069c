import { readdirSync, readFileSync } from 'node:fs';

/** Open files are counted where Linux lists them. */
export const canSeeWhatIsLeft = process.platform === 'linux';
if (!canSeeWhatIsLeft)
  console.warn('The tests of what a model leaves behind are skipped: they need /proc/self/fd.');

const WEIGHT_BYTES = 16 * 2 ** 20;
const WARM_ROUNDS = 4;
const ROUNDS = 30;

/**
 * More than a process's memory moves by itself (9 rounds' weights on a machine with much else to do), far less than the
 * weights of all rounds.
 */
export const WEIGHTS_OF_FIFTEEN_ROUNDS = 15 * WEIGHT_BYTES;

/** How much more memory and open files a process has after 30 rounds of something than it had before them. */
export async function whatIsLeftBy(round: () => Promise<void>): Promise<{ bytes: number; handles: number }> {
  for (let count = 0; count < WARM_ROUNDS; count += 1) await round();
  const before = { bytes: process.memoryUsage.rss(), handles: openFiles() };
  for (let count = 0; count < ROUNDS; count += 1) await round();
  return { bytes: process.memoryUsage.rss() - before.bytes, handles: openFiles() - before.handles };
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

/** A model with 16 MiB of weights more, which are an output, so that a session keeps them. */
export function heavy(path: string): Buffer {
  const uint8 = 2;
  const size = Buffer.from([0x08, ...varint(WEIGHT_BYTES)]);
  const name = Buffer.from('weights');
  const type = field(1, Buffer.concat([Buffer.from([0x08, uint8]), field(2, field(1, size))]));
  const output = Buffer.concat([field(1, name), field(2, type)]);
  const numbers = field(9, Buffer.alloc(WEIGHT_BYTES));
  const initializer = Buffer.concat([size, Buffer.from([0x10, uint8]), field(8, name), numbers]);
  // A second graph in a file is merged into the first.
  const graph = field(7, Buffer.concat([field(12, output), field(5, initializer)]));
  return Buffer.concat([readFileSync(path), graph]);
}

/** A protobuf field of bytes, text or a message. */
export function field(number: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(body.length)]), body]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
