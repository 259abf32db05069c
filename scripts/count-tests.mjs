/**
 * Prints how many tests of a vitest JSON report passed, failed and were skipped, as three numbers:
 *
 *     node scripts/count-tests.mjs <report.json>
 */
import { existsSync } from 'node:fs';
import { readJson } from './lib/run.mjs';

const file = process.argv[2];
// A run that ended before it could report is a failure, not a run of no tests.
const report = existsSync(file)
  ? readJson(file)
  : { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 };
console.log(report.numPassedTests, report.numFailedTests, report.numPendingTests);
