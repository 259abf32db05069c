import { describeAdapter } from '@warmset/registry/testing';
import { tfjsModel } from '../src/index.js';
import { fixture } from './support/files.js';
import { constant, FLOAT, graphFiles, placeholder } from './support/graph.js';

// The default runtime, as users get it: here WASM, since tfjs-node has no binding.
describeAdapter('tfjsModel with a LayersModel', () => tfjsModel({ path: fixture('tiny-layers/model.json') }));
describeAdapter('tfjsModel with a GraphModel', () => tfjsModel({ path: fixture('tiny-graph/model.json') }));
describeAdapter('tfjsModel with a dynamic GraphModel', () =>
  tfjsModel({
    path: graphFiles({
      nodes: [
        placeholder('x', [-1]),
        constant('zero'),
        { name: 'big', op: 'GreaterEqual', input: ['x', 'zero'], attr: { T: FLOAT } },
        { name: 'at', op: 'Where', input: ['big'], attr: { T: FLOAT } },
      ],
      weights: [{ name: 'zero', shape: [], dtype: 'float32', data: Float32Array.of(0) }],
    }),
  }),
);
