/**
 * ADR 0006: what the resident set says of a model whose size is known, before and after it is gone.
 * `npm run build && node docs/adr/measure/resident-set.mjs`
 */
import { registryUrl } from './lib.mjs';

const { ModelRegistry } = await import(registryUrl);
const MEGABYTES = 32;
const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1).padStart(6);

// No estimate and no figure of a runtime: the resident set is all that is left to go by.
const registry = new ModelRegistry({
  models: { known: { load: () => new Uint8Array(MEGABYTES * 2 ** 20).fill(1) } },
  memory: { budgetBytes: 2 ** 30 },
});
console.log(`a model of ${MEGABYTES} MiB   charged (source)     resident set fell by, on evict`);
for (let cycle = 1; cycle <= 8; cycle += 1) {
  const { memory } = await registry.load('known');
  const before = process.memoryUsage.rss();
  await registry.evict('known');
  const fell = before - process.memoryUsage.rss();
  console.log(
    `load ${cycle}              ${mebibytes(memory.bytes)} MiB (${memory.source})      ${mebibytes(fell)} MiB`,
  );
}
await registry.close();
