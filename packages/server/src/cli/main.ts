#!/usr/bin/env node
import { WarmsetError } from '@warmset/registry/adapter';
import { CommanderError } from 'commander';
import { PACKAGE_VERSION } from '../version.js';
import { CliError, EXIT, type ExitCode } from './cli-error.js';
import { printable } from './output/printable.js';
import { createProgram, exitCodeOf } from './program.js';

const program = createProgram(PACKAGE_VERSION);
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Tells the user what went wrong, and gives what to exit with. */
function report(error: unknown): ExitCode {
  // Commander has told it already.
  if (error instanceof CommanderError) return exitCodeOf(error);
  if (error instanceof CliError) {
    for (const line of printable(error.message).split('\n')) console.error(`warmset: ${line}`);
    return error.exitCode;
  }
  if (error instanceof WarmsetError) {
    console.error(`warmset: ${printable(error.message)} (${error.code})`);
    return error.code === 'ERR_MODEL_INVALID' ? EXIT.usage : EXIT.failure;
  }
  // A fault of ours: its stack is what a report of it needs.
  console.error(error);
  return EXIT.failure;
}
