import { createRequire } from 'node:module';
import { ModelRegistry } from '@warmset/registry';
import { expect, it } from 'vitest';
import { savedModel, tfjsModel } from '../src/index.js';
import { fixture } from './support/files.js';

it('imports no TensorFlow.js before a first load', async () => {
  // Every copy of TensorFlow.js puts its engine here.
  const started = () => '_tfengine' in globalThis;
  const tiny = tfjsModel({ path: fixture('tiny-layers/model.json'), runtime: 'cpu' });
  const registry = new ModelRegistry({
    // A host would import it elsewhere.
    isolation: 'inline',
    models: {
      tiny,
      node: tfjsModel({ path: 'b/model.json', runtime: 'tfjs-node' }),
      saved: savedModel({ path: 'c' }),
    },
  });
  expect(await (tiny.estimateBytes as () => Promise<number>)()).toBeGreaterThan(104);
  expect(registry.snapshot().models).toHaveLength(3);
  const cached = Object.keys(createRequire(import.meta.url).cache).filter((path) =>
    path.includes('@tensorflow'),
  );
  expect([started(), cached]).toEqual([false, []]);
  await registry.load('tiny');
  expect(started()).toBe(true);
  await registry.close();
});
