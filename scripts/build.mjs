/** Builds every package, the registry first: the others are typed by it. */
import { join } from 'node:path';
import { root, run } from './lib/run.mjs';

for (const name of ['registry', 'adapters-onnx', 'adapters-tfjs']) {
  await run('tsup', ['--silent'], { cwd: join(root, 'packages', name) });
}
