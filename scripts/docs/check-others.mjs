/** Checks shell and JSON blocks, as far as that goes without running what a page says to install. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/run.mjs';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** npm's own commands that are scripts of the project where it has them. */
const LIFECYCLE = ['test', 'start'];

/** @returns {string[]} what is wrong */
export function otherProblems({ page, block }) {
  const where = `${page}:${block.line}`;
  const found = block.lang === 'json' ? jsonProblems(block.code) : shellProblems(block.code);
  return found.map((problem) => `${where}: ${problem}`);
}

function jsonProblems(code) {
  try {
    JSON.parse(code);
    return [];
  } catch (error) {
    return [error.message];
  }
}

/** Its syntax, and that the scripts and files of this project that it names are there. */
function shellProblems(code) {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: code, encoding: 'utf8' });
  const problems = status === 0 ? [] : [`bash cannot read it: ${stderr}`];
  for (const [, name] of code.matchAll(/\bnpm (?:run )([\w:-]+)/g)) {
    if (!(name in scripts)) problems.push(`there is no script "${name}" in package.json`);
  }
  for (const [, name] of code.matchAll(/\bnpm (\w+)/g)) {
    if (LIFECYCLE.includes(name) && !(name in scripts)) problems.push(`npm ${name} does nothing here`);
  }
  for (const [, file] of code.matchAll(/\bnode ((?:scripts|benchmarks|docs|examples)\/\S+)/g)) {
    if (!existsSync(join(root, file))) problems.push(`there is no ${file}`);
  }
  return problems;
}
