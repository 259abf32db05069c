/** Builds every package, changed or not, the registry first: the others are typed by it. */
import { main } from './lib/run.mjs';
import { setUp } from './lib/setup.mjs';

await main(() => setUp({ rebuild: true }));
