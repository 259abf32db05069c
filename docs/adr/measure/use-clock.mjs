/** ADR 0003: what it costs to read a clock, beside a hit that reads none. `npm run build && node docs/adr/measure/use-clock.mjs` */
import { nanoseconds, print, registryUrl } from './lib.mjs';

const { ModelRegistry } = await import(registryUrl);
const TIMES = 3_000_000;

const clocks = {
  'Date.now()': () => Date.now(),
  'performance.now()': () => performance.now(),
  'performance.timeOrigin + performance.now()': () => performance.timeOrigin + performance.now(),
};
for (const [name, now] of Object.entries(clocks))
  print(name, await nanoseconds(TIMES, (times) => sum(times, now)));
print('tryAcquire + release, stamps from the use clock', await hit({}));
// An injected clock is read on every release: a hit as it would be without the use clock.
const exact = { now: () => performance.timeOrigin + performance.now(), setTimeout, clearTimeout };
print('tryAcquire + release, the clock read each time', await hit({ clock: exact }));

async function hit(options) {
  const models = { one: { load: () => ({ answer: 42 }), estimateBytes: 1_000 } };
  const registry = new ModelRegistry({ models, memory: { budgetBytes: 1_000_000 }, ...options });
  await registry.load('one');
  const figures = await nanoseconds(TIMES, (times) => {
    let total = 0;
    for (let i = 0; i < times; i++) {
      const lease = registry.tryAcquire('one');
      total += lease.model.answer;
      lease.release();
    }
    return total;
  });
  await registry.close();
  return figures;
}

function sum(times, now) {
  let total = 0;
  for (let i = 0; i < times; i++) total += now();
  return total;
}
