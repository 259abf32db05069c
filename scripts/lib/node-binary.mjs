/** Other major versions of Node, to test with. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/**
 * The path of the newest Node of that major version when it was first asked for. The binary comes from the platform
 * package behind the npm package `node`, whose install script would fetch the same.
 *
 * @param {string} version
 * @returns {Promise<string>}
 */
export async function nodeBinary(version) {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(root, 'node_modules/.warmset', `node-${version}`);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    const options = [
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
      '--prefix',
      unfinished,
    ];
    await run('npm', ['install', ...options, `${name}@${version}`], { stdin: 'ignore' });
    renameSync(unfinished, folder);
  }
  return join(folder, 'node_modules', name, 'bin/node');
}
