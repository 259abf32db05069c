import { dirname, resolve } from 'node:path';
import { messageOf } from '@warmset/registry/adapter';
import { fileSize, type ModelSource } from './model-source.js';
import type { ExternalRegion, StoredTensor } from './onnx-contents.js';
import type { OnnxModelOptions } from './options.js';

/**
 * The bytes of each tensor, those in other files included, all of which are there and long enough.
 *
 * @throws Error that names the file that is not
 */
export async function tensorBytes(
  tensors: readonly StoredTensor[],
  source: ModelSource,
  options: OnnxModelOptions,
): Promise<number[]> {
  // Without a path of its own, a model's external data is looked for in the working directory, as the runtime does.
  const folder = 'path' in source ? dirname(source.path) : process.cwd();
  const inMemory = handedIn(options);
  const sizes = new Map<string, number>();
  const lengths: number[] = [];
  for (const { bytes, external } of tensors) {
    if (external === undefined) {
      lengths.push(bytes);
    } else if (inMemory.has(external.location)) {
      lengths.push(external.length ?? 0);
    } else {
      const path = resolve(folder, external.location);
      const size = sizes.get(path) ?? (await externalSize(path));
      sizes.set(path, size);
      lengths.push(lengthOf(external, path, size));
    }
  }
  return lengths;
}

function lengthOf({ offset, length }: ExternalRegion, path: string, size: number): number {
  const needed = offset + (length ?? 0);
  if (needed <= size) return length ?? size - offset;
  throw new Error(`its external data file ${path} has ${size} bytes where ${needed} are needed`);
}

/** External data that `sessionOptions` hands to the runtime in memory is not looked for on disk. */
function handedIn({ sessionOptions }: OnnxModelOptions): ReadonlySet<string> {
  const files: unknown = sessionOptions?.externalData;
  // What is not a list is for the runtime to refuse.
  if (!Array.isArray(files)) return new Set();
  return new Set(files.map((file) => (typeof file === 'string' ? file : file?.path)));
}

function externalSize(path: string): Promise<number> {
  return fileSize(path).catch((cause) => {
    throw new Error(`its external data file ${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
}
