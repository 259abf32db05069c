import { describeAdapter } from '@warmset/registry/testing';
import { onnxModel } from '../src/index.js';
import { fixture } from './support/models.js';

describeAdapter('onnxModel of a path', () => onnxModel({ path: fixture('external.onnx') }));
describeAdapter('onnxModel of every dtype', () => onnxModel({ path: fixture('identity.onnx') }));
describeAdapter('onnxModel of a classifier', () => onnxModel({ path: fixture('classifier.onnx') }));
