import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { here } from './paths.mjs';

/** The machine that figures were measured on: a figure without it says nothing. */
export function describeMachine() {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    kernel: `${os.type()} ${os.release()}`,
    architecture: os.arch(),
  };
}

/** The commit that the packages were built from; `+` where the tree differs from it. */
export function describeCommit() {
  try {
    const git = (...args) => execFileSync('git', args, { cwd: here, encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--', '../packages') !== '';
    return git('rev-parse', '--short', 'HEAD') + (changed ? '+' : '');
  } catch {
    return 'unknown';
  }
}

/** The installed version of every package that is measured. */
export function describePackages() {
  const { devDependencies } = readManifest(new URL('package.json', `file://${here}/`));
  const versions = {};
  for (const name of Object.keys(devDependencies)) {
    const manifest = new URL(`node_modules/${name}/package.json`, `file://${here}/`);
    if (existsSync(manifest)) versions[name] = readManifest(manifest).version;
  }
  return versions;
}

function readManifest(url) {
  return JSON.parse(readFileSync(url, 'utf8'));
}
