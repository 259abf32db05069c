import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** A folder as the search for models sees it. */
export interface Folder {
  /** Its own name. */
  readonly name: string;
  /** Names of the files in it. */
  readonly files: readonly string[];
  readonly folders: readonly Folder[];
}

export interface Tree {
  readonly root: Folder;
  /** What was left out, with the reason: links that lead out of the folder, folders that may not be read. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** Not models, and often large. Hidden ones are left out too. */
const NEVER = new Set(['node_modules', '__pycache__']);

/**
 * Reads the names in a folder and below it. A symbolic link is followed where it leads to something in the folder, as
 * those of a Kubernetes volume do, and only to what is not there under a name of its own.
 *
 * @param path absolute
 */
export async function readTree(path: string): Promise<Tree> {
  const root = await realpath(path);
  const reader = new TreeReader(root);
  return { root: await reader.folder(root, '', folderName(path)), skipped: reader.skipped };
}

function folderName(path: string): string {
  return path.split(sep).findLast((part) => part !== '') ?? '';
}

class TreeReader {
  readonly skipped: { path: string; reason: string }[] = [];
  readonly #root: string;
  /** Real paths of all that was read, so that a link adds nothing twice and no circle is walked. */
  readonly #seen = new Set<string>();

  constructor(root: string) {
    this.#root = root;
    this.#seen.add(root);
  }

  /** @param at the folder's path within the root, as the user sees it */
  async folder(real: string, at: string, name: string): Promise<Folder> {
    const files: string[] = [];
    const folders: Folder[] = [];
    const links: Dirent[] = [];
    for (const entry of await this.#list(real, at)) {
      const path = join(real, entry.name);
      if (entry.isSymbolicLink()) {
        links.push(entry);
      } else if (entry.isFile()) {
        this.#seen.add(path);
        files.push(entry.name);
      } else if (entry.isDirectory() && !this.#seen.has(path)) {
        this.#seen.add(path);
        folders.push(await this.folder(path, join(at, entry.name), entry.name));
      }
    }
    for (const { name: link } of links)
      await this.#link(join(real, link), join(at, link), link, files, folders);
    return { name, files: files.sort(), folders: folders.sort(byName) };
  }

  async #list(real: string, at: string): Promise<Dirent[]> {
    try {
      const entries = await readdir(real, { withFileTypes: true });
      return entries.filter(({ name }) => !name.startsWith('.') && !NEVER.has(name)).sort(byName);
    } catch (error) {
      // The folder that was asked for must be readable; of those below it, the others are still served.
      if (at === '') throw error;
      this.skipped.push({ path: at, reason: `it cannot be read (${(error as NodeJS.ErrnoException).code})` });
      return [];
    }
  }

  async #link(path: string, at: string, name: string, files: string[], folders: Folder[]): Promise<void> {
    const target = await realpath(path).catch(() => undefined);
    if (target === undefined) {
      this.skipped.push({ path: at, reason: 'it is a link to nothing' });
      return;
    }
    const fromRoot = relative(this.#root, target);
    if (fromRoot === '..' || fromRoot.startsWith(`..${sep}`)) {
      this.skipped.push({ path: at, reason: 'it is a link that leads out of the folder' });
      return;
    }
    if (this.#seen.has(target)) return;
    const found = await stat(target);
    this.#seen.add(target);
    if (found.isFile()) files.push(name);
    else if (found.isDirectory()) folders.push(await this.folder(target, at, name));
  }
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
