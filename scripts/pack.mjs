/**
 * Packs every package, as it would be published, into a folder, and prints the tarballs' paths, one a line:
 *
 *     node scripts/pack.mjs <folder>
 */
import { join, resolve } from 'node:path';
import { packages } from './lib/packages.mjs';
import { main, runPnpm } from './lib/run.mjs';

const folder = resolve(process.argv[2] ?? '.');
await main(async () => {
  // pnpm, since it puts real versions where `workspace:` and `catalog:` stand, and the workspace's LICENSE beside each.
  await runPnpm([
    '--filter',
    './packages/*',
    '--recursive',
    'pack',
    '--pack-destination',
    folder,
    '--reporter=silent',
  ]);
  for (const { name, version } of packages) {
    console.log(join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`));
  }
});
