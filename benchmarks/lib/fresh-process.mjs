import { spawn } from 'node:child_process';
import { here } from './paths.mjs';

/**
 * Runs a script in a Node process of its own, so that no other benchmark has warmed its code or filled its heap.
 *
 * @param {readonly string[]} args what `node` is given
 * @param {object} [options]
 * @param {Readonly<Record<string, string | undefined>>} [options.env] what differs in its environment
 * @param {boolean} [options.quiet] what it writes to stderr is shown only where it fails
 * @returns {Promise<any>} the JSON that it wrote to its standard output
 */
export function runFresh(args, { env = {}, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      // One folder for all, wherever the benchmarks are started: the length of a resolved path is memory too.
      cwd: here,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    let complaints = '';
    child.stderr?.setEncoding('utf8');
    child.stderr?.on('data', (chunk) => {
      complaints += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const command = `node ${args.join(' ')}`;
      if (code !== 0) return reject(new Error(`${command} ended with ${signal ?? code}.\n${complaints}`));
      try {
        resolve(JSON.parse(output));
      } catch (cause) {
        reject(new Error(`${command} wrote no JSON: ${output.slice(0, 200)}`, { cause }));
      }
    });
  });
}
