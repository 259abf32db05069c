import type { Folder } from './tree.js';

/** Who can load it: one adapter's function each. */
export type ModelKind = 'onnx' | 'tfjs' | 'keras' | 'saved-model';

/** A model as it was found in a folder. */
export interface FoundModel {
  readonly kind: ModelKind;
  /** Relative to the folder that was searched; of a SavedModel, its folder. Always with `/`. */
  readonly path: string;
  /** What its file or folder is called; not yet a valid or unique name. */
  readonly label: string;
  /** Of a numbered version folder. */
  readonly version?: number;
}

const SAVED_MODEL = 'saved_model.pb';
const VERSION = /^\d{1,15}$/;
/** `model.onnx` says nothing that its folder would not say better. */
const NAMELESS = /^(saved[-_])?model$/i;
/** Keras writes weights without the model they belong to under this name. */
const WEIGHTS_ONLY = /\.weights\.h5$/i;

/** Which kind of model a file is, by its name. */
export function kindOfFile(file: string): ModelKind | undefined {
  if (/\.(onnx|ort)$/i.test(file)) return 'onnx';
  if (/\.(h5|hdf5|keras)$/i.test(file)) return WEIGHTS_ONLY.test(file) ? undefined : 'keras';
  if (file === 'model.json') return 'tfjs';
  return file === SAVED_MODEL ? 'saved-model' : undefined;
}

/**
 * Every model in a folder, in the order of their paths. A folder of numbered versions (`heart/1/model.onnx`,
 * `heart/2/…`, as TensorFlow Serving and Triton lay them out) is one model: the highest number that has a model in it.
 */
export function findModels(root: Folder): FoundModel[] {
  return modelsBelow(root, []);
}

function modelsBelow(folder: Folder, at: readonly string[]): FoundModel[] {
  const own = modelsIn(folder, at);
  if (own[0]?.kind === 'saved-model') return own;
  const versions = versionsOf(folder, at);
  const latest = versions.reduce<FoundModel | undefined>(
    (best, { model }) => ((model.version ?? 0) > (best?.version ?? -1) ? model : best),
    undefined,
  );
  const others = folder.folders.filter((child) => !versions.some((version) => version.folder === child));
  return [
    ...own,
    ...(latest === undefined ? [] : [latest]),
    ...others.flatMap((child) => modelsBelow(child, [...at, child.name])),
  ];
}

/** Numbered folders with exactly one model: with more, the number is no version of anything. */
function versionsOf(folder: Folder, at: readonly string[]): { folder: Folder; model: FoundModel }[] {
  return folder.folders
    .filter(({ name }) => VERSION.test(name))
    .flatMap((child) => {
      const [model, ...more] = modelsIn(child, [...at, child.name], tritonSavedModel);
      if (model === undefined || more.length > 0) return [];
      return [{ folder: child, model: { ...model, label: folder.name, version: Number(child.name) } }];
    });
}

type Extra = (folder: Folder, at: readonly string[]) => FoundModel[];

/** Triton keeps a SavedModel one folder deeper: `heart/1/model.savedmodel/saved_model.pb`. */
const tritonSavedModel: Extra = (folder, at) =>
  folder.folders
    .filter(({ name }) => name === 'model.savedmodel')
    .flatMap((child) => modelsIn(child, [...at, child.name]));

/** The models of a folder itself. */
function modelsIn(folder: Folder, at: readonly string[], extra: Extra = () => []): FoundModel[] {
  if (folder.files.includes(SAVED_MODEL)) {
    return [{ kind: 'saved-model', path: at.join('/') || '.', label: folder.name }];
  }
  const found = folder.files.flatMap((file): FoundModel[] => {
    const kind = kindOfFile(file);
    if (kind === undefined) return [];
    const stem = file.replace(/\.[^.]+$/, '');
    const label = NAMELESS.test(stem) ? folder.name : stem;
    return [{ kind, path: [...at, file].join('/'), label }];
  });
  return [...found, ...extra(folder, at)];
}
