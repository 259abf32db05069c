/**
 * Microseconds for the choice of a victim, through the real registry: the budget is full of loaded models, a cold one is
 * asked for, and the cheapest of the others goes. Inline, with models whose loads take nothing.
 *
 * A decision is timed from the moment at which the load knows its bytes until its victim begins to drain; `request` is all
 * of it: the victim's dispose, the load, the run.
 *
 * Arguments: how many models are loaded, several such numbers with commas between; the policy, `own` being one that the
 * registry cannot keep in order; the round, which decides who goes first.
 */
import { defineModel, ModelRegistry } from '@warmset/registry';

const BYTES = 1_000;
const DECISIONS = 4_000;
/** Between two decisions loaded models are used, which changes what they are worth. */
const HITS = 10;

const counts = process.argv[2].split(',').map(Number);
const policy = process.argv[3];
const round = Number(process.argv[4]);
const own = { name: 'own', score: ({ uses, lastUsedAt }, now) => uses / (now - lastUsedAt + 1) };

let seed = 1;
const figures = {};
for (const [place] of counts.entries()) {
  const count = counts[(place + round) % counts.length];
  const { decision, request } = await timesOf(count);
  figures[`${policy}, ${count.toLocaleString('en')} loaded: decision`] = decision;
  figures[`${policy}, ${count.toLocaleString('en')} loaded: request`] = request;
}
process.stdout.write(JSON.stringify({ figures }), () => process.exit());

async function timesOf(count) {
  let knewBytesAt = 0;
  const estimateBytes = () => {
    knewBytesAt = performance.now();
    return BYTES;
  };
  const definition = defineModel({ load: () => ({}), run: (_model, input) => input, estimateBytes });
  const registry = new ModelRegistry({
    eviction: policy === 'own' ? own : policy,
    memory: { budgetBytes: count * BYTES },
  });
  // Half of them are loaded at any time.
  const names = Array.from({ length: 2 * count }, (_, index) => `model-${index}`);
  for (const name of names) registry.register(name, definition);
  await Promise.all(names.slice(0, count).map((name) => registry.load(name)));

  const decisions = [];
  const requests = [];
  registry.on('state', ({ to }) => {
    if (to === 'draining') decisions.push(performance.now() - knewBytesAt);
  });
  for (let i = 0; i < DECISIONS; i++) {
    hit(registry, names, HITS);
    const cold = coldOf(registry, names);
    const startedAt = performance.now();
    await registry.run(cold, 1);
    requests.push(performance.now() - startedAt);
  }
  if (decisions.length !== DECISIONS) {
    throw new Error(`${DECISIONS} victims were to go, not ${decisions.length}.`);
  }
  return { decision: medianOf(decisions), request: medianOf(requests) };
}

/** In microseconds. The first half only warms up. */
function medianOf(ms) {
  const measured = ms.slice(ms.length >> 1).sort((a, b) => a - b);
  return measured[measured.length >> 1] * 1_000;
}

function hit(registry, names, times) {
  for (let left = times; left > 0; ) {
    const lease = registry.tryAcquire(anyOf(names));
    if (lease === undefined) continue;
    lease.release();
    left -= 1;
  }
}

function coldOf(registry, names) {
  for (;;) {
    const name = anyOf(names);
    if (registry.status(name).state === 'idle') return name;
  }
}

/** The same ones in each run: Park and Miller's generator. */
function anyOf(names) {
  seed = (seed * 48_271) % 2_147_483_647;
  return names[seed % names.length];
}
