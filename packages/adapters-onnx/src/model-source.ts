import { type FileHandle, open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OnnxModelOptions } from './options.js';

/** Where a model's bytes are: an absolute path, or memory. */
export type ModelSource = { readonly path: string } | { readonly bytes: Uint8Array };

export function modelSource({ path, bytes }: OnnxModelOptions): ModelSource {
  if (bytes !== undefined) return { bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes) };
  // `import.meta.resolve` gives file: URLs as text.
  if (path instanceof URL || path.startsWith('file://')) return { path: fileURLToPath(path) };
  return { path: resolve(path) };
}

/** A source as a message shows it; of a path too long to show, its end. */
export function sourceName(source: ModelSource): string {
  if ('bytes' in source) return `the ${source.bytes.length} bytes given`;
  return source.path.length > 300 ? `…${source.path.slice(-300)}` : source.path;
}

/** Bytes that are read piece by piece: a model of gigabytes is looked through without being in memory. */
export interface ByteReader {
  readonly size: number;
  /** Fewer than `length` bytes only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Opens a source for `use`, and closes it again. */
export async function readSource<T>(
  source: ModelSource,
  use: (reader: ByteReader) => Promise<T>,
): Promise<T> {
  if ('bytes' in source) {
    const { bytes } = source;
    return use({
      size: bytes.length,
      read: async (offset, length) => bytes.subarray(offset, offset + length),
    });
  }
  const size = await fileSize(source.path);
  const file = await open(source.path).catch(rethrowInWords);
  try {
    return await use({ size, read: (offset, length) => readAt(file, offset, length) });
  } finally {
    await file.close();
  }
}

/** @throws Error that says, in words, why there is no such file to read */
export async function fileSize(path: string): Promise<number> {
  const found = await stat(path).catch(rethrowInWords);
  if (found.isDirectory()) throw new Error('it is a directory, not a file');
  // Opening a pipe would wait for its other end.
  if (!found.isFile()) throw new Error('it is not a regular file');
  return found.size;
}

function rethrowInWords(cause: NodeJS.ErrnoException): never {
  throw new Error(IN_WORDS[cause.code ?? ''] ?? cause.message, { cause });
}

const IN_WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is a file, not a directory',
  EACCES: 'this process may not read it (EACCES)',
  ENAMETOOLONG: 'its path is too long (ENAMETOOLONG)',
};

async function readAt(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
