import * as onnx from '@warmset/adapters-onnx';
import * as tfjs from '@warmset/adapters-tfjs';
import { defineModel, ModelRegistry } from '@warmset/registry';

const registry = new ModelRegistry({ models: { answer: defineModel({ load: () => 42 }) } });
const answer = await registry.use('answer', (model) => model);
await registry.close();
console.log(JSON.stringify({ answer, onnx: Object.keys(onnx).sort(), tfjs: Object.keys(tfjs).sort() }));
