/** What is measured: each a model, or several small ones together. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { mlpFile, smallModel } from '../lib/mlp-file.mjs';
import { here } from '../lib/paths.mjs';
import { convFile } from './conv-file.mjs';
import { graphFile, layersFile } from './tfjs-file.mjs';

/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {'onnx' | 'tfjs' | 'saved-model'} kind
 * @property {readonly object[]} models the adapter's options, of one model or of several that are measured together
 * @property {object} first the options of a model of next to nothing, which brings the runtime in
 */

const sharedModels = join(here, '../../shared/models');
export const hasShared = existsSync(sharedModels);

/** @returns {Subject[]} */
export function subjects() {
  return [
    ...generatedOnnx(),
    ...(hasShared ? sharedOnnx() : []),
    ...tfjs('cpu'),
    ...tfjs('wasm'),
    ...savedModels(),
  ];
}

/** @returns {Subject} */
export function subjectOf(name) {
  const subject = subjects().find((one) => one.name === name);
  if (subject === undefined) throw new Error(`There is nothing called ${name} to measure.`);
  return subject;
}

const onnx = (name, ...paths) => ({
  name,
  kind: 'onnx',
  models: paths.map((path) => ({ path, sessionOptions: { logSeverityLevel: 4 } })),
  first: { path: smallModel() },
});

function generatedOnnx() {
  return [
    onnx('MLP, 142 MB', mlpFile({ width: 2432, layers: 6 })),
    onnx('MLP, 60 MB', mlpFile({ width: 2236, layers: 3 })),
    onnx('MLP, 30 MB', mlpFile({ width: 1580, layers: 3 })),
    onnx('MLP, 12 MB', mlpFile({ width: 990, layers: 3 })),
    onnx('convolutions, 66 MB', convFile({ channels: 512, layers: 8 })),
    onnx('convolutions, 32 MB', convFile({ channels: 384, layers: 7 })),
    onnx('convolutions, 12 MB', convFile({ channels: 256, layers: 6 })),
  ];
}

function sharedOnnx() {
  const folder = join(sharedModels, 'onnx');
  const at = (...parts) => join(folder, ...parts);
  const types = readdirSync(at('types')).filter((name) => name.endsWith('.pb'));
  const tests = readdirSync(at('backend-tests')).filter(isServed);
  const single = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
  return [
    onnx('tiny-bert', at('tiny-bert/TFBertForQuestionAnswering.onnx')),
    onnx('magika', at('magika/model.onnx')),
    onnx('mnist', at('mnist/model.onnx')),
    onnx(`types, ${types.length} together`, ...types.map((name) => at('types', name))),
    onnx(
      `backend-tests, ${tests.length} together`,
      ...tests.map((name) => at('backend-tests', name, 'model.onnx')),
    ),
    ...single.map((name) => onnx(name.replace('.onnx', ''), at(name))),
  ];
}

/** Two of the tests take sequences, which onnxruntime-node cannot be handed. */
const isServed = (name) => !name.includes('sequence_map');

function tfjs(runtime) {
  const layers = layersFile({ width: 4, layers: 2 });
  const graph = graphFile({ width: 4, layers: 2 });
  const subject = (name, first, path) => ({
    name: `${name} (${runtime})`,
    kind: 'tfjs',
    models: [{ path, runtime }],
    first: { path: first, runtime },
  });
  const shared = (name, first) => subject(name, first, join(sharedModels, 'tfjs', name, 'model.json'));
  return [
    subject('LayersModel, 21 MB', layers, layersFile({ width: 1024, layers: 5 })),
    subject('LayersModel, 101 MB', layers, layersFile({ width: 2048, layers: 6 })),
    subject('GraphModel, 21 MB', graph, graphFile({ width: 1024, layers: 5 })),
    ...(hasShared
      ? [
          shared('nsfwjs-mobilenet_v2', layers),
          shared('magika-graph', graph),
          shared('abalone-layers', layers),
          shared('e2e-layers', layers),
          shared('e2e-graph', graph),
        ]
      : []),
  ];
}

/** Each folder with a graph in it, save the one that stands in for all: the one that brings the runtime in. */
function savedModels() {
  if (!hasShared || process.env.WARMSET_TFJS_NODE === undefined) return [];
  const folder = join(sharedModels, 'savedmodel');
  const paths = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('saved_model.pb'))
    .map((name) => ({ path: join(folder, name, '..') }));
  const name = `SavedModels, ${paths.length} together`;
  return [{ name, kind: 'saved-model', models: paths, first: paths[0] }];
}
