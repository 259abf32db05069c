import { onnxModel } from '@warmset/adapters-onnx';
import { tfjsModel } from '@warmset/adapters-tfjs';
import { ModelRegistry, withPipeline } from '@warmset/registry';
import { createHandler } from '@warmset/server';
import { models } from './models.js';

// From the app's folder, where Next.js runs in development, after a build and in its standalone output.
const FILES = '../models';

function create() {
  const registry = new ModelRegistry({
    models: {
      heart: withPipeline(onnxModel({ path: `${FILES}/heart/heart.onnx` }), models.heart),
      liver: withPipeline(onnxModel({ path: `${FILES}/liver/liver.onnx` }), models.liver),
      diabetes: withPipeline(tfjsModel({ path: `${FILES}/diabetes/model.json` }), models.diabetes),
      lung: withPipeline(tfjsModel({ path: `${FILES}/lung/model.json` }), models.lung),
    },
    memory: { budgetBytes: Number(process.env.MODEL_BUDGET_BYTES) || 'auto' },
  });
  return { registry, handler: createHandler(registry, { basePath: '/api/warmset' }) };
}

/**
 * One registry, and one handler that listens to it, per process. A hot reload runs this module again, and a build may
 * give each route a copy of it; what hangs on `globalThis` outlives the one and is shared by the others. A change to
 * `create` counts from the next start of `next dev` on.
 */
const KEY = Symbol.for('warmset-examples.nextjs');
const kept = globalThis as { [KEY]?: ReturnType<typeof create> };
kept[KEY] ??= create();
export const { registry, handler } = kept[KEY];
