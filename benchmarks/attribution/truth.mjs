/**
 * What a process that loads only this subject holds: `node truth.mjs <name>`, writes JSON in bytes. Nothing of the
 * registry is in it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { definitionOf, zeros } from './definitions.mjs';
import { subjectOf } from './subjects.mjs';

const { kind, models, first } = subjectOf(process.argv[2]);
const RUNS = 4;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

await use(await load(first), { dispose: true });
await settle();
const before = memory();
// Starts the kernel's own peak anew, see proc(5).
writeFileSync('/proc/self/clear_refs', '5');
const residentBefore = statusBytes('VmRSS');
const loaded = [];
for (const options of models) loaded.push(await load(options));
const peak = statusBytes('VmHWM') - residentBefore;
await settle();
const afterLoad = memory();
for (const one of loaded) await use(one, { dispose: false });
await settle();
const loadedBytes = grown(before, afterLoad, sum(loaded.map(countedBytes)));
const usedBytes = loadedBytes + grown(afterLoad, memory(), 0);
process.stdout.write(JSON.stringify({ loaded: loadedBytes, used: usedBytes, peak }));
process.exit(0);

async function load(options) {
  const definition = definitionOf(kind, options);
  const context = {
    name: 'model',
    signal: new AbortController().signal,
    clock: undefined,
    reportProgress() {},
  };
  return { definition, model: await definition.load(context) };
}

async function use({ definition, model }, { dispose }) {
  const input = zeros(definition.describe(model));
  try {
    for (let run = 0; run < RUNS; run++) await definition.run(model, input, { name: 'model' });
  } catch {
    // Zeros are no valid input for some of the standard's tests, which then just have not run.
  }
  if (dispose) await definition.dispose(model);
}

/** Garbage is no model's: collected, and given back by V8's own threads. */
async function settle() {
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await sleep(30);
  }
}

/** See docs/attribution.md for why these figures. */
function memory() {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'latin1');
  const lines = [...rollup.matchAll(/^(?:Private_Dirty|Swap): +(\d+) kB$/gm)];
  const { total_physical_size: heapBytes, used_heap_size: usedBytes } = getHeapStatistics();
  return { bytes: sum(lines.map(([, kibibytes]) => Number(kibibytes) * 1024)), free: heapBytes - usedBytes };
}

/** Without the free pages of V8's heap that came, of which some have never been touched: so never less than `least`. */
function grown(from, to, least) {
  const bytes = to.bytes - from.bytes;
  return Math.max(bytes - Math.max(0, to.free - from.free), Math.min(bytes, least));
}

/** What the runtime counts of the model, which is there for certain. */
function countedBytes({ definition, model }) {
  const counted = definition.measureBytes?.(model);
  return typeof counted === 'object' ? counted.atLeastBytes : (counted ?? 0);
}

function sum(numbers) {
  return numbers.reduce((total, one) => total + one, 0);
}

function statusBytes(name) {
  const status = readFileSync('/proc/self/status', 'latin1');
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) * 1024;
}
