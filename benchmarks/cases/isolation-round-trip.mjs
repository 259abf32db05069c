/** Microseconds from a question to its answer, one at a time: 13 numbers there, a tensor back. */
import { batchOf } from '../lib/mlp-file.mjs';
import { median } from '../lib/statistics.mjs';
import { bare, bareInference, inTurns, warmset } from './isolation-contenders.mjs';

const ROUNDS = 40;
const ASKED = 200;
const input = batchOf(1);

const contenders = {
  'bare inference': await bareInference(),
  'bare postMessage': await bare('thread', false),
  'bare IPC': await bare('process', false),
  'bare worker with the model': await bare('thread', true),
  'bare child with the model': await bare('process', true),
  'warmset thread': await warmset('thread', true),
  'warmset process': await warmset('process', true),
};
// All of them are compiled, and their hosts' caches filled, before any is measured.
await inTurns(contenders, 5, roundTrip);
const samples = await inTurns(contenders, ROUNDS, roundTrip);
const figures = Object.fromEntries(Object.entries(samples).map(([name, all]) => [name, median(all)]));
process.stdout.write(JSON.stringify({ figures }), () => process.exit());

/** @returns {Promise<number>} the median of {@link ASKED} */
async function roundTrip(ask) {
  const times = [];
  for (let i = 0; i < ASKED; i++) {
    const askedAt = performance.now();
    await ask(input);
    times.push((performance.now() - askedAt) * 1_000);
  }
  return median(times);
}
