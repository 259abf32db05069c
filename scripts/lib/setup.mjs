/** Makes a clean clone usable with Node and npm alone. Does nothing where nothing has changed since the last time. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { alone, once, sourcesUnder } from './once.mjs';
import { foldersWithManifest, packages } from './packages.mjs';
import { readJson, root, runPnpm, runTool } from './run.mjs';

const lockfile = join(root, 'pnpm-lock.yaml');
const members = [
  ...foldersWithManifest('packages'),
  ...foldersWithManifest('examples').filter((folder) => !isProjectOfItsOwn(folder)),
  join(root, 'benchmarks'),
];

/** Installs what the lock file says and builds the packages, each only if it has to be; `rebuild` builds in any case. */
export async function setUp({ rebuild = false } = {}) {
  assertNode();
  await alone(async () => {
    await once('installed', {
      inputs: [lockfile, join(root, 'pnpm-workspace.yaml'), ...[root, ...members].map(manifestOf)],
      outputs: [root, ...members.filter(hasDependencies)].map((folder) => join(folder, 'node_modules')),
      act: install,
    });
    await once('built', {
      inputs: [
        lockfile,
        join(root, 'tsconfig.base.json'),
        ...packages.flatMap(({ folder }) => sourcesUnder(folder)),
      ],
      outputs: packages.flatMap(publishedFiles),
      act: build,
      force: rebuild,
    });
  });
}

/**
 * Sets up, then installs what an example needs that is no member of the workspace but a project of its own, with copies
 * of the built packages in it.
 *
 * @param {string} example its folder's name
 */
export async function setUpProject(example) {
  await setUp();
  const folder = join(root, 'examples', example);
  const [manifest, lock, workspace] = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'].map((file) =>
    join(folder, file),
  );
  await alone(() =>
    once(`installed-${example}`, {
      inputs: [manifest, lock, workspace, ...packages.flatMap(builtFiles)],
      outputs: [join(folder, 'node_modules')],
      act: () => install(folder),
    }),
  );
}

async function build() {
  for (const { name, folder } of packages) {
    const startedAt = performance.now();
    await runTool('tsup', ['--silent'], { cwd: folder });
    console.log(`Built ${name} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  }
}

async function install(cwd = root) {
  const what = cwd === root ? 'packages' : `the packages of ${relative(root, cwd)}`;
  console.log(`Installing ${what} with the pinned pnpm (about a minute the first time) …`);
  const options = ['--frozen-lockfile', '--prefer-offline', '--ignore-scripts', '--reporter=append-only'];
  try {
    // In production mode the tools, which are devDependencies, would be left out.
    await runPnpm(['install', ...options], { cwd, env: { NODE_ENV: undefined } });
  } catch (error) {
    console.error(
      'The packages could not be installed. That needs the npm registry; then run the same command again.',
    );
    throw error;
  }
}

function assertNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Warmset needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

function manifestOf(folder) {
  return join(folder, 'package.json');
}

/** Whether an example has its own lock file, and is installed apart. */
export function isProjectOfItsOwn(folder) {
  return existsSync(join(folder, 'pnpm-workspace.yaml'));
}

function hasDependencies(folder) {
  const { dependencies, devDependencies } = readJson(manifestOf(folder));
  return Object.keys({ ...dependencies, ...devDependencies }).length > 0;
}

/** All that `npm publish` would take of the package and a build changes. */
function builtFiles({ folder }) {
  return [join(folder, 'package.json'), ...sourcesUnder(join(folder, 'dist'))];
}

/** The files that the package's `exports` promise. */
function publishedFiles({ folder, manifest }) {
  return Object.values(manifest.exports)
    .flatMap((target) => (typeof target === 'string' ? target : Object.values(target)))
    .map((path) => join(folder, path));
}
