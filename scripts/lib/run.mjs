/** Where the workspace is, and how its scripts start programs. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** A program that ended badly; `exitCode` is what a shell would report. */
class CommandError extends Error {
  constructor(command, code, signal) {
    super(`${command} ended with ${signal ?? `exit code ${code}`}`);
    this.exitCode = signal ? 128 + constants.signals[signal] : code;
  }
}

/** Runs a program and shows its output; rejects with a `CommandError` where it fails. */
export function run(command, args, { cwd = root, env = {}, stdin = 'inherit', shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      shell,
      stdio: [stdin, 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    // Ctrl-C reaches the child by itself, from the terminal, and it may take its time to end; a kill reaches only us.
    const waitForChild = () => {};
    const passOn = () => child.kill('SIGTERM');
    process.on('SIGINT', waitForChild).on('SIGTERM', passOn);
    const settle = (act) => {
      process.off('SIGINT', waitForChild).off('SIGTERM', passOn);
      act();
    };
    child.on('error', (error) => settle(() => reject(error)));
    child.on('exit', (code, signal) =>
      settle(() => {
        if (code === 0) resolve();
        else reject(new CommandError([command, ...args].join(' '), code, signal));
      }),
    );
  });
}

/** Runs a tool that the workspace depends on, such as `tsc`, with the Node that runs this script. */
export function runTool(name, args, options) {
  return run(process.execPath, [toolScript(name), ...args], options);
}

/**
 * Runs the pnpm that `packageManager` pins, through the npx that comes with npm, so that nobody has to install it.
 * It asks nothing, and neither its own install script nor any package's runs.
 */
export function runPnpm(args, options = {}) {
  const { packageManager } = readJson(join(root, 'package.json'));
  return run('npx', ['--yes', '--ignore-scripts', packageManager, '--pm-on-fail=ignore', ...args], {
    ...options,
    env: { ...withoutNpmSettings(), ...options.env },
    stdin: 'ignore',
    shell: process.platform === 'win32',
  });
}

/** Runs the body of a script; where it fails, the message is shown and the program's own exit code kept. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof CommandError ? error.message : error);
    process.exit(error.exitCode || 1);
  }
}

export function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The environment with `node` (a path to its binary) as what the name `node` means in it. */
export function withNodeFirst(node) {
  return { PATH: [dirname(node), process.env.PATH].join(delimiter) };
}

/** The script behind a tool's name, read from the package that offers it: needs no shell and no PATH. */
export function toolScript(name) {
  for (const dependency of Object.keys(readJson(join(root, 'package.json')).devDependencies)) {
    const folder = join(root, 'node_modules', dependency);
    const { bin = {} } = readJson(join(folder, 'package.json'));
    const script = typeof bin === 'string' && dependency === name ? bin : bin[name];
    if (script !== undefined) return join(folder, script);
  }
  throw new Error(`No devDependency of the workspace offers a program "${name}".`);
}

/**
 * What the outer npm sets for its children (`npm --prefix … test`) would reach the inner npx as its own settings; only
 * how to reach the registry is kept.
 */
function withoutNpmSettings() {
  const kept =
    /^npm_config_(registry|(https?_)?proxy|noproxy|cafile|ca|strict_ssl|userconfig|globalconfig|cache)$/i;
  const dropped = Object.keys(process.env).filter((key) => /^npm_/i.test(key) && !kept.test(key));
  return Object.fromEntries(dropped.map((key) => [key, undefined]));
}
