import { once } from '../lib/once.mjs';

/** The path of the model.json of a LayersModel: `layers` Dense layers of `width` × `width` with random weights. */
export function layersFile({ width, layers }) {
  const name = `layers-${width}x${layers}`;
  const weights = [];
  const configs = [];
  for (let layer = 0; layer < layers; layer++) {
    const first = layer === 0 ? { batch_input_shape: [null, width] } : {};
    const config = { name: `d${layer}`, units: width, activation: 'relu', dtype: 'float32', ...first };
    configs.push({ class_name: 'Dense', config });
    weights.push({ name: `d${layer}/kernel`, shape: [width, width], dtype: 'float32' });
    weights.push({ name: `d${layer}/bias`, shape: [width], dtype: 'float32' });
  }
  const modelTopology = {
    class_name: 'Sequential',
    config: { name, layers: configs },
    keras_version: '2',
    backend: 'tensor_flow.js',
  };
  return modelFile(name, { format: 'layers-model', modelTopology }, weights);
}

/** The path of the model.json of a GraphModel: `layers` products with a matrix of `width` × `width`. */
export function graphFile({ width, layers }) {
  const name = `graph-${width}x${layers}`;
  const dtype = { type: 'DT_FLOAT' };
  const no = { b: false };
  const shape = { shape: { dim: [{ size: '-1' }, { size: `${width}` }] } };
  const node = [{ name: 'x', op: 'Placeholder', attr: { dtype, shape } }];
  const weights = [];
  for (let layer = 0; layer < layers; layer++) {
    const input = [layer === 0 ? 'x' : `y${layer - 1}`, `w${layer}`];
    node.push({ name: `w${layer}`, op: 'Const', attr: { dtype } });
    node.push({
      name: `y${layer}`,
      op: 'MatMul',
      input,
      attr: { T: dtype, transpose_a: no, transpose_b: no },
    });
    weights.push({ name: `w${layer}`, shape: [width, width], dtype: 'float32' });
  }
  return modelFile(
    name,
    { format: 'graph-model', modelTopology: { node, versions: { producer: 1 } } },
    weights,
  );
}

function modelFile(name, json, weights) {
  const count = weights.reduce((sum, { shape }) => sum + shape.reduce((size, n) => size * n, 1), 0);
  once(`${name}.bin`, () => {
    // Not zeros: pages of zeros may be shared.
    const data = Float32Array.from({ length: count }, (_, index) => Math.sin(index) / 100);
    return new Uint8Array(data.buffer);
  });
  const weightsManifest = [{ paths: [`${name}.bin`], weights }];
  return once(`${name}.json`, () => JSON.stringify({ ...json, weightsManifest }));
}
