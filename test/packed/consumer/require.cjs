const onnx = require('@warmset/adapters-onnx');
const tfjs = require('@warmset/adapters-tfjs');
const { defineModel, ModelRegistry } = require('@warmset/registry');

async function main() {
  const registry = new ModelRegistry({ models: { answer: defineModel({ load: () => 42 }) } });
  const answer = await registry.use('answer', (model) => model);
  await registry.close();
  console.log(JSON.stringify({ answer, onnx: Object.keys(onnx).sort(), tfjs: Object.keys(tfjs).sort() }));
}
main();
