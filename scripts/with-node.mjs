/**
 * Runs a tool of the workspace under another major version of Node:
 *
 *     node scripts/with-node.mjs 24 vitest run
 */
import { nodeBinary } from './lib/node-binary.mjs';
import { main, run, toolScript, withNodeFirst } from './lib/run.mjs';
import { setUp } from './lib/setup.mjs';

const [major, tool, ...args] = process.argv.slice(2);
await main(async () => {
  await setUp();
  const node = await nodeBinary(major);
  await run(node, ['--version']);
  await run(node, [toolScript(tool), ...args], { env: withNodeFirst(node) });
});
