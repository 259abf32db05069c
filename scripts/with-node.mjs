/**
 * Runs a tool of the workspace under another major version of Node:
 *
 *     node scripts/with-node.mjs 24 vitest run
 *
 * The binary comes from the platform package behind the npm package `node`, whose install script would fetch the same.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { main, root, run, toolScript, withNodeFirst } from './lib/run.mjs';
import { setUp } from './lib/setup.mjs';

const [major, tool, ...args] = process.argv.slice(2);
await main(async () => {
  await setUp();
  const node = await nodeBinary(major);
  await run(node, ['--version']);
  await run(node, [toolScript(tool), ...args], { env: withNodeFirst(node) });
});

/** The path of the newest Node of that major version when it was first asked for. */
async function nodeBinary(version) {
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
