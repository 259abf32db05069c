import { describe, expect, it } from 'vitest';
import { loadFailed, reasonOf } from '../src/load-error.js';

describe('reasonOf', () => {
  it.each([
    [
      'Load model from /m/mul_1.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model.cc:197 onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::PathString&, const onnxruntime::IOnnxRuntimeOpSchemaRegistryList*, const onnxruntime::logging::Logger&, const onnxruntime::ModelOptions&) Missing model IR version.\n',
      'Missing model IR version',
    ],
    [
      'Load model from /m/a.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model_load_utils.h:46 void onnxruntime::model_load_utils::ValidateOpsetForDomain(const std::unordered_map<std::__cxx11::basic_string<char>, int>&, const onnxruntime::logging::Logger&, bool, const std::string&, int) Opset 314159 is under development (see docs).',
      'Opset 314159 is under development (see docs)',
    ],
    [
      'External data path validation failed for initializer: W. Error: tensorprotoutils.cc:434 ValidateExternalDataPathFromDir Absolute path not allowed for external data location',
      'External data path validation failed for initializer: W. Error: Absolute path not allowed for external data location',
    ],
    [
      '/onnxruntime_src/x.cc:1 void onnxruntime::(anonymous namespace)::Get(const T&) const [with T = float] Not there.',
      'Not there',
    ],
    ['Load model from /m/case.json failed:Protobuf parsing failed.', 'Protobuf parsing failed'],
    [
      'This is an invalid model. Error: No Op registered for Foo',
      'This is an invalid model. Error: No Op registered for Foo',
    ],
    [
      'Unsupported data type: 16',
      'one of its inputs or outputs is of type bfloat16, which onnxruntime-node has no array for',
    ],
    ['', ''],
  ])('finds it in %s', (message, reason) => {
    expect(reasonOf(message)).toBe(reason);
  });
});

describe('loadFailed', () => {
  const cause = new Error('it is empty');

  it('names the model, the file and the reason, and keeps the original', () => {
    const error = loadFailed({ path: '/models/m.onnx' }, cause, 'heart');
    expect(error.message).toBe('Model "heart": cannot load /models/m.onnx: it is empty.');
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', modelName: 'heart', retriable: false, cause });
  });

  it('names bytes by their number, and of a long path the end', () => {
    expect(loadFailed({ bytes: new Uint8Array(12) }, cause).message).toBe(
      'Cannot load the 12 bytes given: it is empty.',
    );
    const { message } = loadFailed({ path: `/${'x'.repeat(10_000)}/heart.onnx` }, cause);
    expect(message).toMatch(/x\/heart\.onnx: it is empty\.$/);
    expect(message.length).toBeLessThan(400);
  });

  it('leaves a failure that may pass to be retried', () => {
    expect(loadFailed({ path: '/m' }, new Error('EMFILE: too many open files')).retriable).toBeUndefined();
    expect(loadFailed({ path: '/m' }, new Error('std::bad_alloc')).retriable).toBeUndefined();
  });
});
