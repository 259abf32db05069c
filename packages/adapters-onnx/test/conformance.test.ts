import { describeAdapter } from '@warmset/registry/testing';
import { onnxModel } from '../src/index.js';
import { fixture } from './support/models.js';

for (const isolation of ['inline', 'thread', 'process'] as const) {
  const where = `(${isolation})`;
  const options = { isolation };
  describeAdapter(
    `onnxModel of a path ${where}`,
    () => onnxModel({ path: fixture('external.onnx') }),
    options,
  );
  describeAdapter(
    `onnxModel of every dtype ${where}`,
    () => onnxModel({ path: fixture('identity.onnx') }),
    options,
  );
  describeAdapter(
    `onnxModel of a classifier ${where}`,
    () => onnxModel({ path: fixture('classifier.onnx') }),
    options,
  );
}
