/** What a registry reports of this subject: `node reported.mjs <name> <isolation> <rounds>`, writes JSON in bytes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ModelRegistry } from '@warmset/registry';
import { definitionOf, zeros } from './definitions.mjs';
import { subjectOf } from './subjects.mjs';

const { kind, models } = subjectOf(process.argv[2]);
const isolation = process.argv[3];
const rounds = Number(process.argv[4]);
const RUNS = 4;

const results = [];
for (let round = 0; round < rounds; round++) results.push(await report());
process.stdout.write(JSON.stringify(results));
process.exit(0);

/** In a registry of its own, and so in hosts of its own. */
async function report() {
  const definitions = Object.fromEntries(
    models.map((options, index) => [`m${index}`, definitionOf(kind, options)]),
  );
  const registry = new ModelRegistry({ models: definitions, isolation, memory: { budgetBytes: 2 ** 36 } });
  const names = Object.keys(definitions);
  // All at once, as a server that starts would: how many load at a time is the registry's business.
  await registry.preload(names);
  const loaded = figures(registry);
  for (const name of names) await use(registry, name);
  // A host measures itself after a run, once it has answered.
  await sleep(300);
  const used = figures(registry);
  await registry.close();
  return { loaded, used };
}

async function use(registry, name) {
  const input = zeros(registry.status(name).signature);
  try {
    for (let run = 0; run < RUNS; run++) await registry.run(name, input);
  } catch {
    // As in truth.mjs.
  }
}

function figures(registry) {
  const all = registry.snapshot().models.map(({ memory }) => memory);
  const total = (value) => all.reduce((sum, memory) => sum + value(memory), 0);
  return {
    bytes: total(({ bytes }) => bytes),
    reserved: total(({ estimatedBytes = 0 }) => estimatedBytes),
    sources: all.map(({ source }) => source),
  };
}
