/**
 * Checks the pages: `ts` and `js` blocks are type-checked against the sources, those marked `run` are run and print what
 * the page says, shell and JSON blocks can be read, links and anchors lead somewhere, nothing was left to be filled in.
 * Exits 1 where one does not hold.
 *
 *     node scripts/check-docs.mjs
 */
import { otherProblems } from './docs/check-others.mjs';
import { runProblem, typeProblems } from './docs/check-programs.mjs';
import { checkLinks } from './docs/links.mjs';
import { projectPages } from './docs/pages.mjs';
import { programsOf } from './docs/programs.mjs';
import { createWorkspace } from './docs/workspace.mjs';

const pages = projectPages();
const { programs, others, unchecked, problems } = programsOf(pages);
const links = checkLinks(pages);
for (const { path, holes } of pages) {
  problems.push(...holes.map(({ text, line }) => `${path}:${line}: "${text}" was to be filled in`));
}
problems.push(...links.problems, ...others.flatMap(otherProblems));

const running = programs.filter(({ runs }) => runs);
const workspace = createWorkspace(programs);
try {
  problems.push(...typeProblems(programs, workspace));
  for (const program of running) {
    const problem = await runProblem(program, workspace);
    if (problem !== undefined) problems.push(problem);
  }
} finally {
  workspace.remove();
}

for (const { where, reason } of unchecked) console.log(`not checked: ${where} (${reason})`);
for (const problem of problems) console.error(`WRONG: ${problem}`);
console.log(
  `${pages.length} pages: ${links.checked} links, ${programs.length} programs type-checked, ${running.length} of them run, ` +
    `${others.length} shell and JSON blocks, ${unchecked.length} blocks not checked, ${problems.length} problems.`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
