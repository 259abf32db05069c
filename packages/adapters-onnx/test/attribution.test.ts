import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelRegistry } from '@warmset/registry';
import { afterAll, describe, expect, it } from 'vitest';
import { onnxModel } from '../src/index.js';
import { heavy } from './support/leftovers.js';
import { fixture } from './support/models.js';

const MB = 1e6;
const ROUNDS = 3;
const isLinux = process.platform === 'linux';
if (!isLinux)
  console.warn('The tests of reported against true bytes are skipped: they need /proc/self/smaps_rollup.');

const folder = mkdtempSync(join(tmpdir(), 'warmset-attribution-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** 16.8 MB of weights. */
const path = join(folder, 'heavy.onnx');
writeFileSync(path, heavy(fixture('linear.onnx')));

function trueBytes(): number {
  const script = fileURLToPath(new URL('./support/true-bytes.mjs', import.meta.url));
  const args = ['--expose-gc', script, fixture('linear.onnx'), path];
  // As process hosts are started, see docs/isolation.md.
  const env = { ...process.env, MALLOC_TRIM_THRESHOLD_: '131072', NODE_OPTIONS: '' };
  return Number(execFileSync(process.execPath, args, { env, encoding: 'utf8' }));
}

async function reported(estimateBytes?: number) {
  const model = onnxModel({ path, ...(estimateBytes !== undefined && { estimateBytes }) });
  const registry = new ModelRegistry({
    models: { model },
    isolation: 'process',
    memory: { budgetBytes: 2 ** 33 },
  });
  try {
    return (await registry.load('model')).memory;
  } finally {
    await registry.close();
  }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

// Each starts half a dozen processes.
describe.skipIf(!isLinux)('a model over 10 MB in a process host', { timeout: 60_000 }, () => {
  it.each([
    ['that it shares', 20 * MB, false],
    ['of its own', 200 * MB, true],
  ])(
    '%s is reported within a tenth of what a process holds that loads only it',
    async (_where, estimate, own) => {
      const truth = median(Array.from({ length: ROUNDS }, trueBytes));
      const figures = [];
      for (let round = 0; round < ROUNDS; round += 1) figures.push(await reported(estimate));
      expect(truth).toBeGreaterThan(10 * MB);
      expect(figures.map(({ source }) => source)).toEqual(Array(ROUNDS).fill('process'));
      const bytes = median(figures.map((figure) => figure.bytes));
      expect(Math.abs(bytes / truth - 1)).toBeLessThan(0.1);
      for (const { hostBytes } of figures) {
        // Node and ONNX Runtime, which the model's figure leaves out.
        if (own) expect(hostBytes).toBeGreaterThan(10 * MB);
        else expect(hostBytes).toBeUndefined();
      }
    },
  );

  it('reserves enough for it by itself, and not twice what it needs', async () => {
    const { estimatedBytes = 0 } = await reported();
    const truth = trueBytes();
    expect(estimatedBytes).toBeGreaterThan(truth);
    expect(estimatedBytes).toBeLessThan(2.5 * truth);
  });
});
