import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder `benchmarks`. */
export const here = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

export const resultsFolder = join(here, 'results');

export const resultFile = (name) => join(resultsFolder, `${name}.json`);

export const reportFile = join(here, '../docs/benchmarks.md');
