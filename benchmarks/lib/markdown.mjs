import { readable } from './readable.mjs';

/** What the figures of a result were measured on and with. */
export function circumstancesOf({ date, node, commit, machine, packages, runs }) {
  const gibibytes = readable(machine.memoryBytes / 2 ** 30);
  const loads = runs.map(({ loadAverage }) => loadAverage);
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return (
    `${date.slice(0, 10)}, commit ${commit}, Node ${node}, ${machine.cpu}, ${machine.cores} cores, ${gibibytes} GiB, ` +
    `${machine.kernel}, load average ${readable(Math.min(...loads))} to ${readable(Math.max(...loads))} before the runs; ` +
    `${versions.join(', ')}.`
  );
}

/** What must be shown, and whether it is. */
export function targetsTable(targets) {
  const rows = targets.map(({ what, limit, measured, met }) => [
    what,
    limit,
    readable(measured),
    met ? 'yes' : '**no**',
  ]);
  return table(['target', 'limit', 'measured', 'met'], rows);
}

/** The first column to the left, figures to the right. */
export function table(head, rows) {
  // `Map<key, Promise>` would be taken for an HTML element.
  const line = (cells) => `| ${cells.join(' | ').replaceAll('<', '&lt;')} |`;
  const rule = `|${head.map((_, column) => (column === 0 ? '---' : '---:')).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
