import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The absolute path that an option `path` means, from the working directory as it is now. */
export function absolutePath(path: string | URL): string {
  // `import.meta.resolve` gives file: URLs as text.
  if (path instanceof URL || path.startsWith('file://')) return fileURLToPath(path);
  return resolve(path);
}

/** @throws Error that says, in words, why there is no such file to read */
export async function fileSize(path: string): Promise<number> {
  const found = await existing(path);
  if (found.isDirectory()) throw new Error('it is a directory, not a file');
  // Opening a pipe would wait for its other end.
  if (!found.isFile()) throw new Error('it is not a regular file');
  return found.size;
}

/** @throws Error that says, in words, why there is nothing to read */
export async function existing(path: string): Promise<Stats> {
  return stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(ABSENT[cause.code ?? ''] ?? cause.message, { cause });
  });
}

const ABSENT: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is a file, not a directory',
  EACCES: 'this process may not read it (EACCES)',
  ENAMETOOLONG: 'its path is too long (ENAMETOOLONG)',
};
