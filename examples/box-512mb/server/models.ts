import { statSync } from 'node:fs';
import { onnxModel } from '@warmset/adapters-onnx';
import { tfjsModel } from '@warmset/adapters-tfjs';
import { ModelRegistry, withPipeline } from '@warmset/registry';
import { fleet } from './fleet.js';

/** Nothing is loaded here: each model comes with the first request that wants it, and goes when others need its room. */
export const registry = new ModelRegistry({
  models: Object.fromEntries(
    fleet.map(({ name, path, format, encode, decode }) => {
      const pipeline = { encode, decode };
      if (format !== 'onnx') return [name, withPipeline(tfjsModel({ path }), pipeline)];
      const model = onnxModel({ path, ...(name.startsWith('mlp') && { estimateBytes: mlpBytes(path) }) });
      return [name, withPipeline(model, pipeline)];
    }),
  ),
  memory: { budgetBytes: 'auto' },
});

/**
 * What to reserve for an MLP: its weights, and while it loads one layer a second time. The adapter's own upper bound
 * is for graphs of any kind, and would be three times that.
 */
function mlpBytes(path: string): number {
  return Math.ceil(1.25 * statSync(path).size);
}
