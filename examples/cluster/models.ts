import { onnxModel } from '@warmset/adapters-onnx';
import { remoteModel } from '@warmset/adapters-remote';
import { tfjsModel } from '@warmset/adapters-tfjs';
import { ModelRegistry, withPipeline } from '@warmset/registry';
import { modelPath, models } from '@warmset-examples/models';

const memory = { budgetBytes: Number(process.env.MODEL_BUDGET_BYTES) || ('auto' as const) };

/** The models themselves: tensors in, tensors out. Nothing is loaded here; each comes with the first request for it. */
export function heldModels() {
  return new ModelRegistry({
    models: {
      heart: onnxModel({ path: modelPath('heart') }),
      liver: onnxModel({ path: modelPath('liver') }),
      diabetes: tfjsModel({ path: modelPath('diabetes') }),
      lung: tfjsModel({ path: modelPath('lung') }),
    },
    memory,
  });
}

/** What a worker has of models that another process holds: their types, and connections. */
export function sharedModels(socketPath: string) {
  const remote = (model: string) => remoteModel({ socketPath, model });
  return new ModelRegistry({
    models: {
      heart: withPipeline(remote('heart'), models.heart),
      liver: withPipeline(remote('liver'), models.liver),
      diabetes: withPipeline(remote('diabetes'), models.diabetes),
      lung: withPipeline(remote('lung'), models.lung),
    },
  });
}

/** What a worker has that shares nothing: for comparison, with `MODELS=own`. */
export function ownModels() {
  return new ModelRegistry({
    models: {
      heart: withPipeline(onnxModel({ path: modelPath('heart') }), models.heart),
      liver: withPipeline(onnxModel({ path: modelPath('liver') }), models.liver),
      diabetes: withPipeline(tfjsModel({ path: modelPath('diabetes') }), models.diabetes),
      lung: withPipeline(tfjsModel({ path: modelPath('lung') }), models.lung),
    },
    memory,
  });
}
