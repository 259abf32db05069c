import type { LoadContext, ModelDefinition } from '@warmset/registry';
import { type Deferred, deferred } from './promises.js';

export interface ManualInstance {
  readonly id: number;
  disposed: number;
}

/** One call of a loader, which goes on until the test ends it: its signal alone ends nothing. */
export interface ManualLoad extends Deferred<void> {
  readonly context: LoadContext;
}

/** A model whose loads, and disposes if asked to, end when the test says so. */
export interface ManualModel extends ModelDefinition<ManualInstance, unknown, unknown> {
  readonly loads: ManualLoad[];
  readonly instances: ManualInstance[];
  readonly disposes: Deferred<void>[];
}

export function manualModel(
  options: { manualDispose?: boolean } & Partial<ModelDefinition<ManualInstance>> = {},
): ManualModel {
  const { manualDispose = false, ...members } = options;
  const loads: ManualLoad[] = [];
  const instances: ManualInstance[] = [];
  const disposes: Deferred<void>[] = [];
  return {
    loads,
    instances,
    disposes,
    async load(context) {
      const load = deferred();
      loads.push({ ...load, context });
      await load.promise;
      const instance = { id: instances.length + 1, disposed: 0 };
      instances.push(instance);
      return instance;
    },
    run(instance, input) {
      if (instance.disposed > 0) throw new Error(`instance ${instance.id} was run after its dispose`);
      return input;
    },
    dispose(instance) {
      instance.disposed += 1;
      if (!manualDispose) return;
      const dispose = deferred();
      disposes.push(dispose);
      return dispose.promise;
    },
    ...members,
  };
}

/** The n-th load that the model was asked for, the first being 0. */
export function loadOf(model: ManualModel, index = 0): ManualLoad {
  const load = model.loads[index];
  if (load === undefined) throw new Error(`load ${index} has not begun; there were ${model.loads.length}`);
  return load;
}
