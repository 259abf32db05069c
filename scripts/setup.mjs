/** Makes a clean clone usable: installs with the pinned pnpm and builds the packages, where something has changed. */
import { main } from './lib/run.mjs';
import { setUp } from './lib/setup.mjs';

await main(setUp);
