/** Something that went wrong, as far as a stranger may know. */
export interface Problem {
  /** Milliseconds on the registry's clock. */
  readonly at: number;
  /** The model; empty where it is none's. */
  readonly name: string;
  /** An error's code, or `warning`. */
  readonly code: string;
  readonly message: string;
  readonly key: string;
}

/** Problems that are kept. */
const MOST_PROBLEMS = 100;

/** A failure is told of as an event and in each snapshot, stamped on two occasions. */
const SAME_MS = 100;

/** The problems with one more, the newest first; one that is known already is not there twice. */
export function withProblem(problems: readonly Problem[], problem: Omit<Problem, 'key'>): readonly Problem[] {
  const { name, code, at } = problem;
  const isKnown = problems.some(
    (known) => known.name === name && known.code === code && Math.abs(known.at - at) < SAME_MS,
  );
  if (isKnown) return problems;
  const key = JSON.stringify([name, at, code]);
  return [{ ...problem, key }, ...problems].sort((a, b) => b.at - a.at).slice(0, MOST_PROBLEMS);
}
