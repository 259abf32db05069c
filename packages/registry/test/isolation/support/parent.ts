/**
 * Run by a test: a server with two hosts, one of them in an endless loop, that waits for its end. Prints their process
 * ids. Arguments: the hosts' entry file, the module of the models.
 */
import { ModelRegistry } from '../../../src/index.js';

const [, , hostFile = '', module = ''] = process.argv;
const elsewhere = () => {
  throw new Error('the test wants it in a host');
};
const definition = { load: elsewhere, run: elsewhere, portable: { module, export: 'faulty', options: {} } };
const registry = new ModelRegistry({
  models: { idle: definition, looping: definition },
  isolation: { placement: 'per-model', hostFile: new URL(hostFile), execArgv: [] },
});
await Promise.all([registry.run('idle', {} as never), registry.run('looping', {} as never)]);
void registry.run('looping', { fault: 'loop' } as never);
const pids = registry.snapshot().hosts.map(({ pid, models }) => [models[0], pid]);
process.stdout.write(`${JSON.stringify(Object.fromEntries(pids))}\n`);
setInterval(() => {}, 1_000);
