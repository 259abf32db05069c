import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { kindOfFile, type ModelKind } from './find-models.js';

/** Whether a path is a folder, something else or nothing. */
export async function kindOfPath(path: string): Promise<'folder' | 'file' | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.isDirectory() ? 'folder' : 'file';
}

/** Of a path that was named as a model; a file that is not there is its adapter's to miss. */
export async function kindOfModel(path: string): Promise<ModelKind | undefined> {
  if ((await kindOfPath(path)) !== 'folder') return kindOfFile(basename(path));
  return (await kindOfPath(join(path, 'saved_model.pb'))) === 'file' ? 'saved-model' : undefined;
}

/** What a path that was named as a model may be. */
export const MODEL_FILES = `a .onnx, .ort, .h5, .keras or model.json file, or a SavedModel's folder`;
