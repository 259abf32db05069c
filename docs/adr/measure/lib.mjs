import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const ROOT = new URL('../../../', import.meta.url);

/** The built registry: `npm run build` makes it. */
export const registryUrl = new URL('packages/registry/dist/index.js', ROOT).href;

/** Imports what a package of the workspace, the registry for one, depends on. */
export function importDependency(name, of = 'registry') {
  const { resolve } = createRequire(new URL(`packages/${of}/package.json`, ROOT));
  return import(pathToFileURL(resolve(name)).href);
}

const ROUNDS = 15;

/**
 * Nanoseconds of CPU time for one of `times` calls in a row, which `loop` makes; the median of 15 rounds. CPU time, so
 * that other work on the machine counts less.
 */
export async function nanoseconds(times, loop) {
  await loop(times);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    await loop(times);
    const { user, system } = process.cpuUsage(before);
    rounds.push(((user + system) * 1_000) / times);
  }
  rounds.sort((a, b) => a - b);
  return { median: rounds[ROUNDS >> 1], lowest: rounds[0], highest: rounds[ROUNDS - 1] };
}

export function print(what, { median, lowest, highest }) {
  const text = (value) => (value < 100 ? value.toFixed(1) : Math.round(value).toString());
  console.log(`${what.padEnd(48)} ${text(median).padStart(9)} ns  (${text(lowest)} – ${text(highest)})`);
}
