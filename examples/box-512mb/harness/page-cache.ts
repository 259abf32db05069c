import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';

/**
 * Reads the files outside the box, so that their pages are in the machine's cache, and charged to nobody in the box:
 * as it is where an image's files are shared by several containers, or were just written by a deployment.
 */
export async function rememberFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) await finished(createReadStream(path, { highWaterMark: 4 * 2 ** 20 }).resume());
}

/**
 * Drops the files from the page cache, so that reading them charges their pages to the box: as in a container that is
 * alone on a fresh machine. Node has no `posix_fadvise`; `dd` has.
 */
export async function forgetFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths)
    await promisify(execFile)('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none']);
}
