import { Writable } from 'node:stream';
import type { StatusLine } from '../output/progress-bar.js';

/** A stream for a logger, whose lines stand above the status line. */
export function lineStream(line: StatusLine): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      line.writeAbove(chunk.toString());
      done();
    },
  });
}
