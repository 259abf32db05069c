import { join } from 'node:path';
import type { ModelDefinition, ModelMap } from '@warmset/registry';
import { WarmsetError } from '@warmset/registry';
import type { Adapters } from './adapters.js';
import { findModels } from './find-models.js';
import { type NamedModel, nameModels } from './model-names.js';
import { readTree } from './tree.js';

/** What a folder has to serve, and what is to be said of it. */
export interface FolderModels {
  readonly models: ModelMap;
  readonly found: readonly NamedModel[];
  /** One line each: what was left out or renamed. */
  readonly notes: readonly string[];
}

/** Every model in a folder, by name; nothing is loaded. @param folder absolute */
export async function modelsOfFolder(folder: string, adapters: Adapters): Promise<FolderModels> {
  const tree = await readTree(folder);
  const found = nameModels(findModels(tree.root));
  const models: Record<string, ModelDefinition> = {};
  for (const { name, kind, path } of found)
    models[name] = await definitionFor(name, kind, join(folder, path), adapters);
  const notes = [
    ...tree.skipped.map(({ path, reason }) => `${path} is left out: ${reason}`),
    ...found
      .filter(({ insteadOf }) => insteadOf !== undefined)
      .map(
        ({ name, path, insteadOf }) => `${path} is served as "${name}": its own name went to ${insteadOf}`,
      ),
  ];
  return { models, found, notes };
}

/**
 * The definition of a file. One whose adapter is not there is a model all the same, which says so when it is asked for:
 * it must not keep the others from being served.
 */
export async function definitionFor(
  name: string,
  kind: NamedModel['kind'],
  path: string,
  adapters: Adapters,
  options: Record<string, unknown> = {},
): Promise<ModelDefinition> {
  try {
    const factory = await adapters.factory(kind, name);
    return factory({ ...options, path });
  } catch (error) {
    if (!(error instanceof WarmsetError) || error.code === 'ERR_MODEL_INVALID') throw error;
    return unavailable(error);
  }
}

function unavailable(error: WarmsetError): ModelDefinition {
  const fail = (): never => {
    throw error;
  };
  // The estimate comes before anything is evicted for the model.
  return { load: fail, estimateBytes: fail };
}
