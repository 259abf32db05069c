/** What the process exits with; documented in docs/cli.md. */
export const EXIT = {
  /** Done; a server that was told to stop did so within its limit. */
  ok: 0,
  /** The work failed: a port in use, a model that does not load, a server that does not answer. */
  failure: 1,
  /** What was asked for is not possible: an unknown flag, a wrong value, a config that does not fit. */
  usage: 2,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure that is told to the user in its own words, without a stack. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failure, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}

/** What was asked for is not possible. */
export function usageError(message: string, cause?: unknown): CliError {
  return new CliError(message, EXIT.usage, cause === undefined ? undefined : { cause });
}
