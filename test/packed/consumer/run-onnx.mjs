/** Runs one row through an ONNX model: node run-onnx.mjs <model.onnx> <row as JSON>. Prints every output by name. */
import { onnxModel } from '@warmset/adapters-onnx';
import { ModelRegistry } from '@warmset/registry';

const [path, row] = process.argv.slice(2);
const values = JSON.parse(row).map((value) => value ?? Number.NaN);
const registry = new ModelRegistry({ models: { heart: onnxModel({ path }) } });
const outputs = await registry.run('heart', {
  features: { dtype: 'float32', shape: [1, values.length], data: Float32Array.from(values) },
});
const { state, memory } = registry.status('heart');
await registry.close();
const data = Object.entries(outputs).map(([name, tensor]) => [name, Array.from(tensor.data, Number)]);
console.log(JSON.stringify({ outputs: Object.fromEntries(data), state, bytes: memory.bytes }));
