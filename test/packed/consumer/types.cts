/** The packages from a CommonJS file, which `nodenext` and `bundler` allow and `node16` does not. */
import onnx = require('@warmset/adapters-onnx');
import tfjs = require('@warmset/adapters-tfjs');
import warmset = require('@warmset/registry');
import testing = require('@warmset/registry/testing');

const registry = new warmset.ModelRegistry({
  models: {
    heart: onnx.onnxModel({ path: 'heart.onnx' }),
    lung: tfjs.tfjsModel({ path: 'lung/model.json' }),
    fake: testing.fakeModel({ output: 'same' }),
  },
});

export const said: Promise<string> = registry.run('fake', null);
// @ts-expect-error no model has this name
export const unknown = registry.run('hart', null);
