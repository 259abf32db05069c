import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { LoadContext } from '@warmset/registry';
import { messageOf } from '@warmset/registry/adapter';
import { fileSize } from '../model-path.js';
import type { WeightGroup } from './read.js';
import { storedBytes } from './weight-specs.js';

/**
 * Looks whether the weights files are there and as long as the manifest says, without reading them.
 *
 * @returns their bytes together
 * @throws Error that names the file, with the bytes expected and got
 */
export async function checkShards(groups: readonly WeightGroup[]): Promise<number> {
  const sizes = await Promise.all(
    groups.map(async (group) => {
      const bytes = await Promise.all(
        group.shards.map((shard) => fileSize(shard).catch((cause) => refuse(shard, cause))),
      );
      checkLengths(group, bytes);
      return bytes;
    }),
  );
  return sizes.flat().reduce((sum, size) => sum + size, 0);
}

/** Reads the weights files, in order. Between two files it stops where the load has been given up. */
export async function readShards(
  groups: readonly WeightGroup[],
  { signal, reportProgress }: LoadContext,
): Promise<ArrayBuffer[]> {
  const data: ArrayBuffer[] = [];
  const count = groups.reduce((sum, { shards }) => sum + shards.length, 0);
  for (const group of groups) {
    const parts: ArrayBuffer[] = [];
    for (const shard of group.shards) {
      signal.throwIfAborted();
      const file = await readFile(shard, { signal }).catch((cause) => {
        signal.throwIfAborted();
        return refuse(shard, cause);
      });
      parts.push(exactBuffer(file));
      reportProgress((data.length + parts.length) / (count + 1));
    }
    // They may have changed since they were looked at.
    checkLengths(
      group,
      parts.map((part) => part.byteLength),
    );
    data.push(...parts);
  }
  return data;
}

function checkLengths({ specs, shards }: WeightGroup, sizes: readonly number[]): void {
  const got = sizes.reduce((sum, size) => sum + size, 0);
  const { bytes, exact } = storedBytes(specs);
  if (exact ? got === bytes : got >= bytes) return;
  const expected = `${exact ? '' : 'at least '}${bytes} bytes`;
  // Only the sum is known: which file of several is the short one, the manifest does not say.
  if (shards.length === 1) throw new Error(`its weights file ${shards[0]} should be ${expected}, got ${got}`);
  const each = shards.slice(0, 6).map((shard, index) => `${basename(shard)} ${sizes[index]}`);
  const more = shards.length > 6 ? ` and ${shards.length - 6} more` : '';
  throw new Error(
    `its ${shards.length} weights files ${shards[0] ?? ''} … should be ${expected} together, got ${got} (${each.join(', ')}${more})`,
  );
}

function refuse(shard: string, cause: unknown): never {
  throw new Error(`its weights file ${shard}: ${messageOf(cause)}`, { cause });
}

function exactBuffer(file: Buffer): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = file as Buffer<ArrayBuffer>;
  return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
}
