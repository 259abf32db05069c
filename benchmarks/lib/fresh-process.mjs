import { spawn } from 'node:child_process';
import { here } from './paths.mjs';

/**
 * Runs a script in a Node process of its own, so that no other benchmark has warmed its code or filled its heap.
 *
 * @param {readonly string[]} args what `node` is given
 * @returns {Promise<any>} the JSON that it wrote to its standard output
 */
export function runFresh(args) {
  return new Promise((resolve, reject) => {
    // One folder for all, wherever the benchmarks are started: the length of a resolved path is memory too.
    const child = spawn(process.execPath, args, { cwd: here, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const command = `node ${args.join(' ')}`;
      if (code !== 0) return reject(new Error(`${command} ended with ${signal ?? code}.`));
      try {
        resolve(JSON.parse(output));
      } catch (cause) {
        reject(new Error(`${command} wrote no JSON: ${output.slice(0, 200)}`, { cause }));
      }
    });
  });
}
