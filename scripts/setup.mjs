/**
 * Makes a clean clone usable: installs with the pinned pnpm and builds the packages, where something has changed. With the
 * name of an example that is a project of its own, also installs that:
 *
 *     node scripts/setup.mjs nextjs
 */
import { main } from './lib/run.mjs';
import { setUp, setUpProject } from './lib/setup.mjs';

const [example] = process.argv.slice(2);
await main(() => (example === undefined ? setUp() : setUpProject(example)));
