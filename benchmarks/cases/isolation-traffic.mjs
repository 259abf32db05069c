/** Answers a second with 64 questions under way: 13 numbers there and back, and with the model on the far side. */
import { batchOf } from '../lib/mlp-file.mjs';
import { median } from '../lib/statistics.mjs';
import { bare, inTurns, warmset } from './isolation-contenders.mjs';

const ROUNDS = 20;
const ASKED = 5_000;
const IN_FLIGHT = 64;
const input = batchOf(1);

const contenders = {};
for (const kind of ['thread', 'process']) {
  for (const model of [false, true]) {
    const suffix = `${kind}, ${model ? 'the model' : 'echo'}`;
    contenders[`bare ${suffix}`] = await bare(kind, model);
    contenders[`warmset ${suffix}`] = await warmset(kind, model);
  }
}
await inTurns(contenders, 3, answersPerSecond);
const samples = await inTurns(contenders, ROUNDS, answersPerSecond);
const figures = Object.fromEntries(Object.entries(samples).map(([name, all]) => [name, median(all)]));
process.stdout.write(JSON.stringify({ figures }), () => process.exit());

async function answersPerSecond(ask) {
  let left = ASKED;
  const caller = async () => {
    while (left-- > 0) await ask(input);
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  return (ASKED / (performance.now() - startedAt)) * 1_000;
}
