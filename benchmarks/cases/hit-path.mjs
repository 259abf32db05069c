/**
 * Nanoseconds for one get of a thing that is loaded, for us and for the peers in the same process.
 *
 * Arguments: how many models are registered, or several such numbers with commas between, each for a registry of its
 * own; the round, which decides who goes first, since the garbage and the optimised code of one contender are the next
 * one's surroundings.
 */
import { do_not_optimize, measure } from 'mitata';
import { peers } from './peers.mjs';
import { registryOf, waysOf } from './warmset.mjs';

/** Gets in one sample: enough that reading the clock costs nothing beside them. */
const GETS = 10_000;
const WARM_UPS = 20;

const counts = process.argv[2].split(',').map(Number);
const round = Number(process.argv[3]);
const answer = 42;
const load = async () => ({ answer });

const contenders = {};
for (const [name, create] of Object.entries(peers)) contenders[name] = create(load, 'model-0');
for (const count of counts) {
  const { registry, key } = registryOf(load, count);
  await registry.load(key);
  const suffix = counts.length === 1 ? '' : `, ${count.toLocaleString('en')} registered`;
  for (const [name, way] of Object.entries(waysOf(registry, key)))
    contenders[`warmset ${name}${suffix}`] = way;
}

// All of them before any is measured: code that has seen one registry only is faster than it will be with two.
for (const [name, { loop }] of Object.entries(contenders)) {
  for (let i = 0; i < WARM_UPS; i++) {
    const sum = await loop(GETS);
    if (sum !== answer * GETS) throw new Error(`${name} does not hand out the model: ${sum}`);
  }
}

const names = Object.keys(contenders);
const figures = {};
for (const [place] of names.entries()) {
  const name = names[(place + round) % names.length];
  const { loop } = contenders[name];
  // Each sample is long enough by itself; batches of them would be seconds.
  const { p50 } = await measure(async () => do_not_optimize(await loop(GETS)), { batch_threshold: 0 });
  figures[name] = p50 / GETS;
}
process.stdout.write(JSON.stringify({ figures }), () => process.exit());
