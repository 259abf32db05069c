/** ADR 0001: what async-mutex's Semaphore takes, by how many slots are free. `node docs/adr/measure/semaphore.mjs` */
import { importDependency, nanoseconds, print } from './lib.mjs';

const { Mutex, Semaphore } = await importDependency('async-mutex');

for (const slots of [1, 2, 256, 10_000, 1_000_000]) {
  const semaphore = new Semaphore(slots);
  const times = Math.ceil(2_000_000 / Math.max(slots, 10));
  print(
    `Semaphore(${slots}): acquire + release`,
    await nanoseconds(times, (count) => cycle(semaphore, count)),
  );
}
const mutex = new Mutex();
print('Mutex: runExclusive of nothing', await nanoseconds(100_000, (count) => runNothing(count)));

async function cycle(semaphore, count) {
  for (let i = 0; i < count; i++) {
    const [, release] = await semaphore.acquire();
    release();
  }
}

async function runNothing(count) {
  for (let i = 0; i < count; i++) await mutex.runExclusive(() => {});
}
