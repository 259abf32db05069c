/**
 * What a process that loads only this model holds of it, in bytes: `node true-bytes.mjs <tiny model> <model>`. ONNX Runtime
 * alone, without anything of Warmset: see docs/attribution.md.
 */
import { readFileSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';

const [, , tiny, path] = process.argv;
await (await InferenceSession.create(tiny)).release();
const before = await privateBytes();
const session = await InferenceSession.create(path);
process.stdout.write(`${(await privateBytes()) - before}`);
await session.release();

async function privateBytes() {
  for (let turn = 0; turn < 3; turn += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const rollup = readFileSync('/proc/self/smaps_rollup', 'latin1');
  const lines = [...rollup.matchAll(/^(?:Private_Dirty|Swap): +(\d+) kB$/gm)];
  return lines.reduce((bytes, [, kibibytes]) => bytes + Number(kibibytes) * 1024, 0);
}
