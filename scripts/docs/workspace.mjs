/** A folder as a user's project would be: the blocks of each page as files, the packages within reach. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../lib/run.mjs';

/** Where a page's programs find the example models: `models/heart/heart.onnx`, say. */
const MODELS = join(root, 'examples/models');

/**
 * @param {readonly import('./programs.mjs').Program[]} programs
 * @returns {{ folder: string, pathOf(program: import('./programs.mjs').Program): string, tsconfig: string, remove(): void }}
 */
export function createWorkspace(programs) {
  const folder = mkdtempSync(join(tmpdir(), 'warmset-docs-'));
  const pathOf = ({ page, file }) => join(folder, page.replaceAll('/', '__').replace(/\.md$/, ''), file);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const tsconfig = writeTsconfig(folder);
  linkPackages(folder);
  for (const program of programs) {
    const path = pathOf(program);
    if (existsSync(path)) throw new Error(`${program.page}: two blocks are ${program.file}`);
    mkdirSync(dirname(path), { recursive: true });
    const models = join(dirname(path), 'models');
    if (!existsSync(models)) symlinkSync(MODELS, models, 'dir');
    writeFileSync(path, `${program.blocks.map(({ code }) => code).join('\n')}\n`);
  }
  return { folder, pathOf, tsconfig, remove: () => rmSync(folder, { recursive: true }) };
}

/** The project's own settings, with the packages' sources in place of their builds, so that neither is ever stale. */
function writeTsconfig(folder) {
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const paths = Object.fromEntries(
    Object.entries(compilerOptions.paths).map(([name, files]) => [
      name,
      files.map((file) => join(root, file)),
    ]),
  );
  const path = join(folder, 'tsconfig.json');
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      noEmit: true,
      allowJs: true,
      checkJs: true,
      declaration: false,
      skipLibCheck: true,
      paths,
    },
    include: ['**/*.ts', '**/*.mjs', '**/*.cjs'],
    exclude: ['**/models'],
  };
  writeFileSync(path, JSON.stringify(config, null, 2));
  return path;
}

/** Links whatever some package of the workspace depends on, as if the user had installed it. */
function linkPackages(folder) {
  const target = join(folder, 'node_modules');
  mkdirSync(target);
  for (const source of nodeModulesFolders()) {
    for (const name of packagesIn(source)) {
      const link = join(target, name);
      if (existsSync(link)) continue;
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(source, name), link, 'dir');
    }
  }
}

function nodeModulesFolders() {
  const members = ['examples', 'packages'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name)),
  );
  return [root, ...members].map((member) => join(member, 'node_modules')).filter((path) => existsSync(path));
}

function packagesIn(folder) {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(folder, name)).map((scoped) => `${name}/${scoped}`) : [name],
    );
}
