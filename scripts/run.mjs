/** Runs a program of the workspace from an npm script, after setting up. */
import { run } from './lib/run.mjs';
import './setup.mjs';

const [command = '', ...args] = process.argv.slice(2);
try {
  await run(command, args);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
