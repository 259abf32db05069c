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
      return [name, withPipeline(onnxModel({ path }), pipeline)];
    }),
  ),
  memory: { budgetBytes: 'auto' },
});
