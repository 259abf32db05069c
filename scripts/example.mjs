/**
 * Sets up, then runs a TypeScript file of an example inside its folder, on the built packages as a user has them:
 *
 *     node scripts/example.mjs express demo/main.ts
 *
 * For an example that is a project of its own, the commands of its framework, one after the other:
 *
 *     node scripts/example.mjs nextjs build start
 */
import { join } from 'node:path';
import { main, root, run, runTool } from './lib/run.mjs';
import { isProjectOfItsOwn, setUp, setUpProject } from './lib/setup.mjs';

const NEXT = 'node_modules/next/dist/bin/next';

const [example, ...rest] = process.argv.slice(2);
const cwd = join(root, 'examples', example);
await main(async () => {
  if (isProjectOfItsOwn(cwd)) {
    await setUpProject(example);
    // Not by npm, which passes a signal to the shell between them only.
    for (const command of rest) await run(process.execPath, [NEXT, command], { cwd });
  } else {
    await setUp();
    await runTool('tsx', rest, { cwd });
  }
});
