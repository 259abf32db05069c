import { open, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve, win32 } from 'node:path';
import { describeValue, messageOf } from '@warmset/registry/adapter';
import { fileSize } from '../model-path.js';
import type { GraphSignature, ModelArtifacts, WeightSpec } from '../tensorflow.js';
import { checkNodes } from './graph-nodes.js';
import { otherFormat } from './other-format.js';
import { checkSpecs } from './weight-specs.js';

export type ModelKind = 'layers-model' | 'graph-model';

/** Weights that stand one after the other in one or more files. */
export interface WeightGroup {
  readonly specs: readonly WeightSpec[];
  /** Absolute paths, in order. */
  readonly shards: readonly string[];
}

/** A `model.json` that has been read and looks usable. */
export interface ModelJson {
  readonly kind: ModelKind;
  readonly groups: readonly WeightGroup[];
  /** What goes to TensorFlow.js beside the weights. */
  readonly artifacts: Omit<ModelArtifacts, 'weightSpecs' | 'weightData'>;
}

/** @throws Error that says what is wrong with the file */
export async function readModelJson(path: string): Promise<ModelJson> {
  await fileSize(path);
  // A weights file of gigabytes is not read to find out that it is not JSON.
  const other = otherFormat(path, await readHead(path));
  if (other !== undefined) throw new Error(other);
  const json = parse(await readFile(path, 'utf8'));
  const kind = kindOf(json.format, json.modelTopology);
  return { kind, groups: groupsOf(json.weightsManifest, dirname(path)), artifacts: artifactsOf(json) };
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`it is not valid JSON, perhaps cut short: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Tells the two formats apart by their topology, which is what decides who can read them; `format` must not say otherwise.
 *
 * @throws Error where the topology is of neither
 */
export function kindOf(format: unknown, topology: unknown): ModelKind {
  if (typeof topology !== 'object' || topology === null) {
    throw new Error('it has no "modelTopology", as a TensorFlow.js model.json has');
  }
  const kind =
    'node' in topology
      ? 'graph-model'
      : 'class_name' in topology || 'model_config' in topology
        ? 'layers-model'
        : undefined;
  if (kind === undefined) {
    throw new Error(
      'its "modelTopology" is neither a LayersModel’s ("class_name" or "model_config") nor a GraphModel’s ("node")',
    );
  }
  if (format !== undefined && format !== null && format !== kind) {
    throw new Error(`its "format" is ${describeValue(format)}, and its "modelTopology" a ${kind}’s`);
  }
  if (kind === 'graph-model') checkNodes((topology as { node: unknown }).node);
  return kind;
}

function groupsOf(manifest: unknown, folder: string): WeightGroup[] {
  if (!Array.isArray(manifest))
    throw new Error('it has no "weightsManifest", as a TensorFlow.js model.json has');
  const groups = manifest.map((group: unknown) => {
    const { paths, weights } = (group ?? {}) as { paths?: unknown; weights?: unknown };
    if (!Array.isArray(paths) || !Array.isArray(weights)) {
      throw new Error('a group in its "weightsManifest" has no "paths" or no "weights"');
    }
    return { specs: weights as WeightSpec[], shards: paths.map((path) => shardPath(path, folder)) };
  });
  checkSpecs(groups.flatMap(({ specs }) => specs));
  return groups;
}

/** A model must not be able to have any other file of the server read: a shard lies in the model's folder. */
function shardPath(path: unknown, folder: string): string {
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) {
    const outside =
      isAbsolute(path) ||
      win32.isAbsolute(path) ||
      path.split(/[/\\]/).includes('..') ||
      /^[a-z][a-z0-9+.-]*:/i.test(path);
    if (!outside) return resolve(folder, path);
  }
  throw new Error(`its weights file ${describeValue(path)} is not a path inside the model’s folder`);
}

function artifactsOf(json: Record<string, unknown>): ModelJson['artifacts'] {
  const { modelTopology, userDefinedMetadata, signature, modelInitializer, initializerSignature } = json;
  return {
    modelTopology: modelTopology as object,
    ...(isObject(signature) && { signature: signature as GraphSignature }),
    ...(isObject(userDefinedMetadata) && { userDefinedMetadata }),
    ...(isObject(modelInitializer) && { modelInitializer }),
    ...(isObject(initializerSignature) && { initializerSignature: initializerSignature as GraphSignature }),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
