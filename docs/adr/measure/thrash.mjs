/**
 * ADR 0007: two models of which one fits, wanted in turns, with the thrash guard and with it taken out. On a fake clock,
 * so the counts are the same on every machine. `node docs/adr/measure/thrash.mjs`
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';

const PACKAGE = fileURLToPath(new URL('../../../packages/registry/', import.meta.url));
const GUARD = 'const LONGEST_FRESH_MS = 1_000;';
const LOAD_MS = 200;
const EVERY_MS = 5;
const FOR_MS = 20_000;

console.log(
  `two models of which one fits; each takes ${LOAD_MS} ms to load; a request every ${EVERY_MS} ms, to each in turn, for ${FOR_MS / 1000} s`,
);
for (const guarded of [true, false]) {
  const { loads, served, meanWaitMs, longestWaitMs } = await measure(guarded);
  console.log(
    `${guarded ? 'with the guard   ' : 'without the guard'} ${loads} loads, ${served} requests served, waited ${meanWaitMs.toFixed(0)} ms on average, ${longestWaitMs} ms at most`,
  );
}

async function measure(guarded) {
  const folder = copyOfSources(guarded);
  try {
    const at = (file) => tsImport(pathToFileURL(join(folder, file)).href, import.meta.url);
    const { ModelRegistry } = await at('src/index.ts');
    const { FakeClock, fakeModel } = await at('src/testing/shared.ts');
    return await drive(ModelRegistry, FakeClock, fakeModel);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function drive(ModelRegistry, FakeClock, fakeModel) {
  const clock = new FakeClock();
  const model = () => fakeModel({ loadMs: LOAD_MS, bytes: 60 });
  const registry = new ModelRegistry({
    clock,
    models: { a: model(), b: model() },
    memory: { budgetBytes: 100 },
  });
  const waits = [];
  const ask = async (name) => {
    const askedAt = clock.now();
    await registry.use(name, () => undefined);
    waits.push(clock.now() - askedAt);
  };
  const asked = [];
  for (let at = 0, turn = 0; at < FOR_MS; at += EVERY_MS, turn += 1) {
    asked.push(ask(turn % 2 === 0 ? 'a' : 'b'));
    await clock.advance(EVERY_MS);
  }
  const { total } = registry.snapshot().loads;
  const served = waits.length;
  await Promise.all([clock.advance(120_000), ...asked]);
  await registry.close();
  const sum = waits.reduce((total, ms) => total + ms, 0);
  return { loads: total, served, meanWaitMs: sum / waits.length, longestWaitMs: Math.max(...waits) };
}

function copyOfSources(guarded) {
  const folder = mkdtempSync(join(tmpdir(), 'warmset-thrash-'));
  cpSync(join(PACKAGE, 'src'), join(folder, 'src'), { recursive: true });
  cpSync(join(PACKAGE, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(PACKAGE, 'node_modules'), join(folder, 'node_modules'), 'dir');
  if (!guarded) {
    const file = join(folder, 'src/model-loader.ts');
    const source = readFileSync(file, 'utf8');
    if (!source.includes(GUARD)) throw new Error(`model-loader.ts has no "${GUARD}" to take out`);
    writeFileSync(file, source.replace(GUARD, 'const LONGEST_FRESH_MS = 0;'));
  }
  return folder;
}
