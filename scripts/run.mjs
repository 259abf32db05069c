/**
 * Sets up, then runs a tool of the workspace from its root:
 *
 *     node scripts/run.mjs vitest run packages/registry
 */
import { main, runTool } from './lib/run.mjs';
import { setUp } from './lib/setup.mjs';

const [tool, ...args] = process.argv.slice(2);
await main(async () => {
  await setUp();
  await runTool(tool, args);
});
