import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { here } from './paths.mjs';

/**
 * What is wrong with the builds of the packages that are measured; empty where nothing is. A figure of a build that
 * lacks the latest sources would be a figure of something else.
 *
 * @param {readonly string[]} packages names without their scope
 * @returns {string[]} one line for each problem
 */
export function buildProblems(packages) {
  return packages.flatMap((name) => {
    const folder = join(here, '../packages', name);
    const entry = join(folder, 'dist/index.js');
    if (!existsSync(entry))
      return [`@warmset/${name} is not built: packages/${name}/dist/index.js is missing.`];
    if (statSync(entry).mtimeMs < newest(join(folder, 'src'))) {
      return [
        `@warmset/${name} is older than its sources: packages/${name}/src has changed since it was built.`,
      ];
    }
    return [];
  });
}

function newest(folder) {
  const files = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)));
  return Math.max(...files.filter((file) => file.isFile()).map((file) => file.mtimeMs));
}
