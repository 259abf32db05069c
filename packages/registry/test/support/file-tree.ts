import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';

/** Files in a folder of their own, by their paths in it. */
export interface FileTree {
  readonly root: string;
  write(files: Readonly<Record<string, string>>): void;
  remove(path: string): void;
}

export function fileTree(files: Readonly<Record<string, string>>): FileTree & Disposable {
  const root = mkdtempSync(join(os.tmpdir(), 'warmset-tree-'));
  const write = (more: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(more)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  write(files);
  const remove = (path: string) => rmSync(join(root, path), { recursive: true });
  return { root, write, remove, [Symbol.dispose]: () => remove('.') };
}
