import { importRuntime } from './runtime.js';

/** `y = x · x` of one number: an ONNX file of 76 bytes, opset 13. */
const TINY =
  'CAcSADpAChEKAXgKAXgSAXkiBk1hdE11bBIBZ1oTCgF4Eg4KDAgBEggKAggBCgIIAWITCgF5Eg4KDAgBEggKAggBCgIIAUIECgAQDQ==';

let warmed: Promise<void> | undefined;

/**
 * Imports ONNX Runtime and has it make and run a first session, which takes 9 MiB that no model is to be charged for.
 * Once per process.
 *
 * @throws WarmsetError `ERR_RUNTIME_MISSING`; `ERR_LOAD_FAILED` where it does not start
 */
export function warmRuntime({ name }: { readonly name: string }): Promise<void> {
  warmed ??= warm(name).catch((error) => {
    warmed = undefined;
    throw error;
  });
  return warmed;
}

async function warm(name: string): Promise<void> {
  const ort = await importRuntime(name);
  const session = await ort.InferenceSession.create(Buffer.from(TINY, 'base64'));
  const x = new ort.Tensor('float32', Float32Array.of(1), [1, 1]);
  await session.run({ x });
  await session.release();
}
