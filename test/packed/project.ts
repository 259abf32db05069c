import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

type Command = [program: string, args: string[]];

interface ProjectOptions {
  /** Packages besides the peers, with their versions. */
  others?: string[];
  /** The folder beside this file whose files it starts with. */
  consumer?: string;
  installer?: (packages: string[]) => Command;
}

function npm(packages: string[]): Command {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  return ['npm', ['install', ...quiet, ...packages]];
}

/** The pnpm that the workspace pins, which links each package to its own dependencies only. */
export function pnpm(packages: string[]): Command {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const quiet = ['--ignore-scripts', '--prefer-offline', '--reporter=silent'];
  return ['npx', ['--yes', packageManager, 'add', ...quiet, ...packages]];
}

/** A project of a user in a folder of its own, into which npm has installed the packed packages. */
export class ConsumerProject {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Packs every package and installs the tarballs, with `peers` at the versions that the workspace has, and `others`
   * as they are named, e.g. `next@16`.
   */
  static async create(
    peers: Record<string, string>,
    { others = [], consumer = 'consumer', installer = npm }: ProjectOptions = {},
  ): Promise<ConsumerProject> {
    // Spaces, as in `Program Files`: a path that is not made of a URL, or the other way round, shows.
    const folder = mkdtempSync(join(tmpdir(), 'warmset packed '));
    const project = new ConsumerProject(folder);
    cpSync(fileURLToPath(new URL(consumer, import.meta.url)), folder, { recursive: true });
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) writeFileSync(manifest, '{ "name": "consumer", "private": true }\n');
    const tarballs = await project.run(process.execPath, [join(root, 'scripts/pack.mjs'), folder]);
    const versions = Object.entries(peers).map(
      ([name, where]) => `${name}@${versionOf(join(root, where, 'node_modules', name))}`,
    );
    const packed = tarballs.trim().split('\n');
    writeFileSync(join(folder, 'pnpm-workspace.yaml'), overridesOf(packed));
    await project.run(...installer([...packed, ...versions, ...others]));
    return project;
  }

  /** Runs a script of `consumer/` and returns the JSON that it prints. */
  async script(file: string, ...args: string[]): Promise<unknown> {
    return JSON.parse(await this.run(process.execPath, [file, ...args]));
  }

  /** Type-checks a file of `consumer/` strictly, with the packages' declarations; what is wrong in it or in them. */
  async typeErrors(file: string, module: string, moduleResolution: string): Promise<string[]> {
    const tsc = join(this.folder, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,esnext.disposable'];
    const how = ['--module', module, '--moduleResolution', moduleResolution];
    const output = await this.run(process.execPath, [tsc, ...options, ...how, file]).catch(
      (error: { stdout: string }) => {
        // tsc writes what it finds there; without it, it did not get so far.
        if (error.stdout === '') throw error;
        return error.stdout;
      },
    );
    // onnxruntime-common's own declarations want a browser's.
    return output.split('\n').filter((line) => line !== '' && !line.startsWith('node_modules/onnxruntime-'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What a program writes to its standard output. */
  async run(command: string, args: string[], cwd = this.folder): Promise<string> {
    // Its npm shall not inherit the settings of the npm that runs these tests, nor its Node the folders of pnpm's shims.
    const own = Object.entries(process.env).filter(
      ([key]) => !/^(npm_(?!config_(registry|cache|userconfig)$)|NODE_PATH$)/i.test(key),
    );
    const env = { ...Object.fromEntries(own), ONNXRUNTIME_NODE_INSTALL: 'skip' };
    const { stdout } = await execute(command, args, { cwd, env, maxBuffer: 16 * 2 ** 20 });
    return stdout;
  }
}

/** Packages that are not published yet are found where one depends on another: npm takes the tarball that is installed beside, pnpm wants to be told. */
function overridesOf(tarballs: string[]): string {
  const overrides = tarballs.map((tarball) => {
    const name = /warmset-([a-z-]+)-\d/.exec(basename(tarball))?.[1];
    return `  '@warmset/${name}': 'file:${tarball}'`;
  });
  return ['overrides:', ...overrides, ''].join('\n');
}

function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}
