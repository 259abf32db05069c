/**
 * ADR 0006: what the resident set grows by with each of the four example models, beside what each is charged. The first
 * model of a runtime brings the runtime. `npm run build && node docs/adr/measure/runtimes.mjs`
 */
import { tsImport } from 'tsx/esm/api';

const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1).padStart(7);

const { registry } = await tsImport('../../../examples/express/models.ts', import.meta.url);
console.log(`before any model: ${mebibytes(process.memoryUsage.rss())} MiB resident`);
for (const { name } of registry.snapshot().models) {
  const before = process.memoryUsage.rss();
  const { memory, runtime } = await registry.load(name);
  const grew = process.memoryUsage.rss() - before;
  const charged = `${mebibytes(memory.bytes)} MiB (${memory.source})`;
  console.log(
    `${name.padEnd(9)} charged ${charged}, resident set grew by ${mebibytes(grew)} MiB   ${runtime}`,
  );
}
await registry.close();
