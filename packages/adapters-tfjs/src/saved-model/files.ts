import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeValue, messageOf } from '@warmset/registry/adapter';
import { existing, fileSize } from '../model-path.js';
import { type MetaGraph, metaGraphs, type SignatureDef } from './meta-graphs.js';

/** What a SavedModel's folder says before TensorFlow reads it. */
export interface SavedModelFiles {
  readonly signature: SignatureDef;
  /** Bytes of the graph and of its variables' files. */
  readonly graphBytes: number;
  readonly variableBytes: number;
}

/** @throws Error that says what is wrong with the folder, or which tags and signatures there are */
export async function readSavedModel(
  folder: string,
  tags: readonly string[],
  signature: string,
): Promise<SavedModelFiles> {
  const found = await existing(folder);
  if (!found.isDirectory())
    throw new Error('it is a file; a SavedModel is a folder with a saved_model.pb in it');
  const path = join(folder, 'saved_model.pb');
  const graphBytes = await fileSize(path).catch((cause) => noGraph(folder, cause));
  const graph = choose(parse(await readFile(path)), tags);
  const chosen = graph.signatures.get(signature);
  if (chosen === undefined) {
    const there = [...graph.signatures.keys()].map((name) => describeValue(name)).join(', ');
    throw new Error(`it has no signature ${describeValue(signature)}; there is ${there || 'none'}`);
  }
  return {
    signature: chosen,
    graphBytes,
    variableBytes: graph.hasVariables ? await variableBytes(folder) : 0,
  };
}

function parse(file: Buffer): MetaGraph[] {
  if (file.length === 0) throw new Error('its saved_model.pb is empty');
  try {
    return metaGraphs(file);
  } catch (cause) {
    throw new Error(`its saved_model.pb is cut short or something else: ${messageOf(cause)}`, { cause });
  }
}

function choose(graphs: readonly MetaGraph[], tags: readonly string[]): MetaGraph {
  const wanted = [...tags].sort().join();
  const graph = graphs.find((candidate) => [...candidate.tags].sort().join() === wanted);
  if (graph !== undefined) return graph;
  const there = graphs.map((candidate) => `[${candidate.tags.join(', ')}]`).join(', ');
  throw new Error(`it has no graph with tags [${tags.join(', ')}]; there is ${there}`);
}

async function variableBytes(folder: string): Promise<number> {
  const variables = join(folder, 'variables');
  const names = await readdir(variables).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`its variables are missing: ${variables}: ${cause.code ?? cause.message}`, { cause });
  });
  if (!names.includes('variables.index'))
    throw new Error(`its variables are missing: no variables.index in ${variables}`);
  const shards = names.filter((name) => name.startsWith('variables.data-'));
  const count = Number(/-of-(\d+)$/.exec(shards[0] ?? '')?.[1] ?? 0);
  if (shards.length === 0 || shards.length !== count) {
    throw new Error(
      `its variables are incomplete: ${shards.length} of ${count || 'the'} variables.data files in ${variables}`,
    );
  }
  const sizes = await Promise.all(shards.map((name) => stat(join(variables, name)).then(({ size }) => size)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function noGraph(folder: string, cause: unknown): Promise<never> {
  const names = await readdir(folder);
  if (names.includes('model.json'))
    throw new Error('there is a model.json in it: that is for tfjsModel()', { cause });
  if (names.includes('saved_model.pbtxt'))
    throw new Error('its graph is text (saved_model.pbtxt), which tfjs-node does not read', { cause });
  // What TensorFlow Serving is pointed at: a folder of versions.
  const versions = names.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(b) - Number(a));
  if (versions.length > 0)
    throw new Error(
      `it is a folder of versions: give one of them, such as ${join(folder, versions[0] ?? '')}`,
      { cause },
    );
  throw new Error(`there is no saved_model.pb in it: ${messageOf(cause)}`, { cause });
}
