import { describeValue, WarmsetError } from './errors.js';
import type { DType, ModelSignature, Tensor, TensorMap, TensorSpec } from './tensor.js';
import { elementCount, isDType } from './tensor-bytes.js';

const ARRAY_OF: Readonly<Record<DType, { new (length: number): unknown; readonly name: string }>> = {
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  string: Array,
};

/**
 * Checks a request's inputs against a signature before a runtime sees them: every input there, none too many, and of
 * each the dtype, the rank, the fixed dimensions, the typed array and its length.
 *
 * @throws WarmsetError `ERR_INPUT_INVALID` that names the input, what was expected and what came.
 */
export function checkInputs(
  signature: ModelSignature,
  inputs: unknown,
  modelName: string,
): asserts inputs is TensorMap {
  const names = signature.inputs.map((spec) => spec.name);
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs) || ArrayBuffer.isView(inputs)) {
    throw invalid(
      modelName,
      `expected an object of tensors by name (${names.join(', ')}), got ${describeValue(inputs)}`,
    );
  }
  const given = inputs as Record<string, unknown>;
  for (const spec of signature.inputs) {
    if (!Object.hasOwn(given, spec.name)) {
      const came = Object.keys(given)
        .slice(0, 8)
        .map((name) => describeValue(name));
      throw invalid(
        modelName,
        `input "${spec.name}" is missing; expected ${names.join(', ')}, got ${came.join(', ') || 'nothing'}`,
      );
    }
    checkTensor(spec, given[spec.name], modelName);
  }
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) {
      throw invalid(modelName, `there is no input ${describeValue(name)}; expected ${names.join(', ')}`);
    }
  }
}

function checkTensor(spec: TensorSpec, value: unknown, modelName: string): asserts value is Tensor {
  const fail = (expected: string, got: string): never => {
    throw invalid(modelName, `input "${spec.name}": expected ${expected}, got ${got}`);
  };
  if (
    typeof value !== 'object' ||
    value === null ||
    !('dtype' in value) ||
    !('shape' in value) ||
    !('data' in value)
  ) {
    return fail(
      `a tensor { dtype: '${spec.dtype}', shape: ${specText(spec.shape)}, data }`,
      describeValue(value),
    );
  }
  const { dtype, shape, data } = value;
  if (!isDType(dtype) || dtype !== spec.dtype) fail(`dtype ${spec.dtype}`, describeValue(dtype));
  if (!isShape(shape)) {
    return fail(
      `a shape ${specText(spec.shape)} of whole numbers ≥ 0`,
      Array.isArray(shape) ? shapeText(shape) : describeValue(shape),
    );
  }
  const fits =
    shape.length === spec.shape.length && spec.shape.every((size, axis) => size < 0 || size === shape[axis]);
  if (!fits) fail(`shape ${specText(spec.shape)}`, shapeText(shape));
  const arrayType = ARRAY_OF[spec.dtype];
  if (!(data instanceof (arrayType as unknown as abstract new () => object))) {
    return fail(`data as ${arrayType.name}`, describeValue(data));
  }
  const length = (data as ArrayLike<unknown>).length;
  const count = elementCount(shape);
  if (length !== count) fail(`${count} elements for shape ${shapeText(shape)}`, `${length}`);
  if (spec.dtype === 'string') {
    // `findIndex` visits the holes of a sparse array, which `every` steps over.
    const at = (data as unknown[]).findIndex((text) => typeof text !== 'string');
    if (at >= 0) fail('only strings in data', describeValue((data as unknown[])[at]));
  }
  if (spec.dtype === 'bool') {
    // Native code reads the bytes as C++ bools, of which any other value is undefined behaviour.
    const other = (data as Uint8Array).find((byte) => byte > 1);
    if (other !== undefined) fail('only 0 and 1 in data', describeValue(other));
  }
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.findIndex((size) => !(Number.isSafeInteger(size) && size >= 0)) < 0;
}

/** What a signature asks for: `[N, 13]`, where N is free. */
function specText(shape: readonly number[]): string {
  return listText(shape.map((size) => (size < 0 ? 'N' : String(size))));
}

/** What a caller gave; a size that is no size is shown as it came. */
function shapeText(shape: readonly unknown[]): string {
  return listText(Array.from(shape.slice(0, SHOWN + 1), describeValue));
}

const SHOWN = 8;

function listText(sizes: readonly string[]): string {
  return `[${sizes.slice(0, SHOWN).join(', ')}${sizes.length > SHOWN ? ', …' : ''}]`;
}

function invalid(modelName: string, text: string): WarmsetError {
  return new WarmsetError('ERR_INPUT_INVALID', `Model "${modelName}": ${text}.`, {
    modelName,
    retriable: false,
  });
}
