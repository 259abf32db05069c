/** What one round of a fault came to. */
export interface FaultOutcome {
  readonly fault: string;
  /** What each caller got: an error's code, or what a call reported. */
  readonly callers: readonly string[];
  readonly neighbourServed: number;
  readonly neighbourFailed: number;
  /** From the fault to the next answer of the model. */
  readonly recoveryMs: number;
  /** What stays charged, and whether a process does, once all models are evicted. */
  readonly bytesLeft: number;
  readonly processesLeft: number;
}

/** How often each fault is caused: once in `npm test`; more often to see that it holds, and for the table. */
export const rounds = Number(process.env.WARMSET_FAULT_ROUNDS ?? 1);

/** The rounds of each fault in a row of a Markdown table. */
export function faultTable(outcomes: readonly FaultOutcome[]): string {
  const faults = [...new Set(outcomes.map(({ fault }) => fault))];
  const rows = faults.map((fault) => {
    const of = outcomes.filter((outcome) => outcome.fault === fault);
    const callers = [...new Set(of.flatMap((outcome) => outcome.callers))].join(', ');
    const served = sum(of.map(({ neighbourServed }) => neighbourServed));
    const failed = sum(of.map(({ neighbourFailed }) => neighbourFailed));
    const seconds = of.map(({ recoveryMs }) => recoveryMs / 1000).sort((a, b) => a - b);
    const median = seconds[Math.floor(seconds.length / 2)] ?? 0;
    const left = sum(of.map(({ bytesLeft }) => bytesLeft));
    const processes = sum(of.map(({ processesLeft }) => processesLeft));
    const cells = [
      fault,
      of.length,
      callers,
      `${failed} of ${served + failed} failed`,
      `${median.toFixed(2)} (${(seconds.at(-1) ?? 0).toFixed(2)})`,
      `${left} (${processes} processes)`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const head =
    '| fault | rounds | the caller got | other models | seconds to recover: median (longest) | bytes left |';
  return [head, '|---|---|---|---|---|---|', ...rows].join('\n');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
