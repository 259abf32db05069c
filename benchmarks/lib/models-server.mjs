/** The four models of the examples behind Warmset's own server, none loaded: prints its URL, and ends when its stdin does. */
import { join } from 'node:path';
import { onnxModel } from '@warmset/adapters-onnx';
import { tfjsModel } from '@warmset/adapters-tfjs';
import { ModelRegistry } from '@warmset/registry';
import { createServer } from '@warmset/server/node';
import { here } from './paths.mjs';

const example = (file) => join(here, '../examples/models', file);
const registry = new ModelRegistry({
  models: {
    heart: onnxModel({ path: example('heart/heart.onnx') }),
    liver: onnxModel({ path: example('liver/liver.onnx') }),
    diabetes: tfjsModel({ path: example('diabetes/model.json') }),
    lung: tfjsModel({ path: example('lung/model.json') }),
  },
});
const server = createServer(registry);
process.stdin
  .on('end', async () => {
    await server.close({ graceMs: 0 });
    process.exit();
  })
  .resume();
console.log(await server.listen({ port: 0 }));
