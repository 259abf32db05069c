/**
 * Asks `process.argv[2]` every 5 ms, whether or not earlier requests have been answered, until its standard input ends.
 * Prints `ready`, then the latencies in milliseconds and the number of requests that failed.
 */
import { Agent, get } from 'node:http';

const EVERY_MS = 5;
const LIMIT_MS = 10_000;
const url = process.argv[2];
const agent = new Agent({ keepAlive: true });

for (let i = 0; i < 20; i++) await ask();
process.stdout.write('ready\n');

const asked = [];
const startedAt = performance.now();
// By the clock: a late timer asks for what it has missed, so that a stall of the server hides none of its requests.
const timer = setInterval(() => {
  while (asked.length * EVERY_MS < performance.now() - startedAt) asked.push(ask());
}, 1);
process.stdin.resume().on('end', async () => {
  clearInterval(timer);
  const answers = await Promise.all(asked);
  const latencies = answers.filter((ms) => ms !== undefined);
  process.stdout.write(JSON.stringify({ latencies, failed: answers.length - latencies.length }), () =>
    process.exit(),
  );
});

/** @returns {Promise<number | undefined>} milliseconds; `undefined` where it failed */
function ask() {
  const askedAt = performance.now();
  return new Promise((resolve) => {
    const request = get(url, { agent, timeout: LIMIT_MS }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode === 200 ? performance.now() - askedAt : undefined);
      });
    });
    request.on('timeout', () => request.destroy(new Error('timed out')));
    request.on('error', () => resolve(undefined));
  });
}
