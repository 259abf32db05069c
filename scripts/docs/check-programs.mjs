/** Type-checks the pages' programs, and runs those that say so. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { root } from '../lib/run.mjs';

const RUN_LIMIT_MS = 60_000;

/**
 * @param {readonly import('./programs.mjs').Program[]} programs
 * @param {ReturnType<typeof import('./workspace.mjs').createWorkspace>} workspace
 * @returns {string[]} what is wrong, by the page's own lines
 */
export function typeProblems(programs, workspace) {
  const { config } = ts.readConfigFile(workspace.tsconfig, ts.sys.readFile);
  const { options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, workspace.folder);
  const byPath = new Map(programs.map((program) => [workspace.pathOf(program), program]));
  const compiled = ts.createProgram([...byPath.keys()], options);
  return [...errors, ...ts.getPreEmitDiagnostics(compiled)]
    .filter(({ file }) => file === undefined || byPath.has(file.fileName))
    .map(({ file, start, messageText }) => {
      const text = ts.flattenDiagnosticMessageText(messageText, '\n');
      if (file === undefined) return text;
      const program = byPath.get(file.fileName);
      const { line } = file.getLineAndCharacterOfPosition(start ?? 0);
      return `${program.page}:${pageLine(program, line)}: ${text}`;
    });
}

/**
 * Runs a program with the packages' sources.
 *
 * @param {import('./programs.mjs').Program} program
 * @param {ReturnType<typeof import('./workspace.mjs').createWorkspace>} workspace
 * @returns {Promise<string | undefined>} what is wrong
 */
export async function runProblem(program, workspace) {
  const path = workspace.pathOf(program);
  const where = `${program.page}:${program.blocks[0].line}`;
  const args = [join(root, 'node_modules/tsx/dist/cli.mjs'), '--tsconfig', workspace.tsconfig, path];
  const { code, stdout, stderr } = await runNode(args, dirname(path));
  if (code !== 0) return `${where}: ended with ${code}\n${stdout}${stderr}`;
  if (program.output !== undefined && stdout.trim() !== program.output.trim()) {
    return `${where}: prints\n${stdout.trim()}\nand the page says\n${program.output.trim()}`;
  }
  return undefined;
}

function runNode(args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: RUN_LIMIT_MS,
    });
    const text = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', (chunk) => {
        text[stream] += chunk;
      });
    }
    child.on('close', (code, signal) =>
      resolve({ code: code ?? `${signal} (limit: ${RUN_LIMIT_MS} ms)`, ...text }),
    );
  });
}

/** A line of the file, from 0, as a line of the page. */
function pageLine({ blocks }, line) {
  let left = line;
  for (const block of blocks) {
    const length = block.code.split('\n').length;
    if (left < length) return block.line + left;
    left -= length;
  }
  return blocks.at(-1).line;
}
