import { onnxModel } from '@warmset/adapters-onnx';
import { tfjsModel } from '@warmset/adapters-tfjs';
import { ModelRegistry, withPipeline } from '@warmset/registry';
import { modelPath, models } from '@warmset-examples/models';

/** Nothing is loaded here: each model comes with the first request that wants it. */
export const registry = new ModelRegistry({
  models: {
    heart: withPipeline(onnxModel({ path: modelPath('heart') }), models.heart),
    liver: withPipeline(onnxModel({ path: modelPath('liver') }), models.liver),
    diabetes: withPipeline(tfjsModel({ path: modelPath('diabetes') }), models.diabetes),
    lung: withPipeline(tfjsModel({ path: modelPath('lung') }), models.lung),
  },
  memory: { budgetBytes: Number(process.env.MODEL_BUDGET_BYTES) || 'auto' },
});
