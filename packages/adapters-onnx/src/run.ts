import {
  checkInputs,
  isDType,
  type ModelSignature,
  type RunContext,
  type Tensor,
  type TensorMap,
} from '@warmset/registry/adapter';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { OnnxModel } from './onnx-session.js';
import type { OnnxRuntime } from './runtime.js';

/**
 * Runs one request. The inputs are checked before the runtime sees them, and read while it runs: leave them as they are
 * until the promise settles. The outputs are the caller's own.
 *
 * @throws WarmsetError `ERR_INPUT_INVALID`; the runtime's own error where it fails
 */
export async function runSession(
  model: OnnxModel,
  inputs: TensorMap,
  { name, signal }: RunContext,
): Promise<TensorMap> {
  signal?.throwIfAborted();
  checkInputs(signatureFor(model, inputs), inputs, name);
  const { session, ort, signature } = model;
  const feeds = signature.inputs.map((spec) => [spec.name, toOrt(ort, inputs[spec.name] as Tensor)] as const);
  try {
    // By name, since fetching an output that is no tensor fails the run.
    const fetched = await session.run(
      Object.fromEntries(feeds),
      signature.outputs.map((spec) => spec.name),
    );
    const outputs = await Promise.all(
      Object.entries(fetched).map(async ([output, tensor]) => [output, await fromOrt(tensor)] as const),
    );
    return Object.fromEntries(outputs);
  } finally {
    for (const [, tensor] of feeds) tensor.dispose();
  }
}

/** Where a model takes any rank, the rank that came is the right one. */
function signatureFor({ signature, unrankedInputs }: OnnxModel, inputs: TensorMap): ModelSignature {
  if (unrankedInputs.size === 0) return signature;
  const ranked = signature.inputs.map((spec) => {
    const shape: unknown = unrankedInputs.has(spec.name) ? inputs?.[spec.name]?.shape : undefined;
    return Array.isArray(shape) ? { ...spec, shape: shape.map(() => -1) } : spec;
  });
  return { ...signature, inputs: ranked };
}

function toOrt(ort: OnnxRuntime, { dtype, data, shape }: Tensor): OrtTensor {
  // ORT reads the array in place, which it cannot do with shared memory.
  const isShared = ArrayBuffer.isView(data) && !(data.buffer instanceof ArrayBuffer);
  const own = isShared ? data.slice() : data;
  if (dtype !== 'float16') return new (tensorClass(ort))(dtype, own, [...shape]);
  // Where there is a `Float16Array` (Node ≥ 24), a float16 tensor's constructor puts its words into one, which ORT's
  // native part then cannot read (onnxruntime-node 1.30.0). As words they arrive.
  const tensor = new (tensorClass(ort))('uint16', own, [...shape]);
  return Object.assign(tensor, { type: dtype });
}

/** The constructor is typed per dtype; here the dtype and the array were checked against each other. */
function tensorClass(ort: OnnxRuntime) {
  return ort.Tensor as unknown as new (
    type: string,
    data: unknown,
    dims: readonly number[],
  ) => OrtTensor;
}

async function fromOrt(tensor: OrtTensor): Promise<Tensor> {
  const { type, dims } = tensor;
  if (!isDType(type)) throw new Error(`ONNX Runtime gave a tensor of type ${type}`);
  const data: unknown = await tensor.getData(true);
  tensor.dispose();
  return {
    dtype: type,
    shape: [...dims],
    data: type === 'float16' ? asWords(data as ArrayBufferView) : data,
  } as Tensor;
}

/** Half floats as 16-bit words: where JavaScript has a `Float16Array` (Node ≥ 24), ONNX Runtime uses it. */
function asWords(data: ArrayBufferView): Uint16Array {
  return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / Uint16Array.BYTES_PER_ELEMENT);
}
