import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'tsup';
import { afterAll, beforeAll } from 'vitest';

const source = (file: string) => fileURLToPath(new URL(`../../../src/isolation/${file}`, import.meta.url));

const folder = path.join(os.tmpdir(), `warmset-host-${process.pid}-`);

/** The hosts' entry file, built from the sources of now: a host cannot run TypeScript. */
export class BuiltHost {
  #folder = '';

  get hostFile(): URL {
    return pathToFileURL(path.join(this.#folder, 'host-main.js'));
  }

  /** `startProcessHost` and `startThreadHost`, for a server in a process of its own. */
  get starters(): URL {
    return pathToFileURL(path.join(this.#folder, 'starters.js'));
  }

  async build(): Promise<void> {
    this.#folder = mkdtempSync(folder);
    await build({
      entry: {
        'host-main': source('host-main.ts'),
        starters: fileURLToPath(new URL('./starters.ts', import.meta.url)),
      },
      outDir: this.#folder,
      config: false,
      format: 'esm',
      outExtension: () => ({ js: '.js' }),
      target: 'node20',
      silent: true,
    });
    // Outside a package a .js file would be taken for CommonJS.
    await writeFile(path.join(this.#folder, 'package.json'), '{ "type": "module" }');
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Builds the host before the tests of a file, and removes it after them. */
export function buildHost(): BuiltHost {
  const built = new BuiltHost();
  beforeAll(() => built.build(), 60_000);
  afterAll(() => built.remove());
  return built;
}
