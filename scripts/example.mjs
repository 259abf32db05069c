/**
 * Sets up, then runs a TypeScript file of an example inside its folder, on the built packages as a user has them:
 *
 *     node scripts/example.mjs express demo/main.ts
 */
import { join } from 'node:path';
import { main, root, runTool } from './lib/run.mjs';
import { setUp } from './lib/setup.mjs';

const [example, file, ...args] = process.argv.slice(2);
await main(async () => {
  await setUp();
  await runTool('tsx', [file, ...args], { cwd: join(root, 'examples', example) });
});
