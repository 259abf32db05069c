import type { TensorFlowNamespace } from '../tensorflow.js';
import { type RuntimeName, startRuntime } from './start.js';

/**
 * Starts the runtime that a definition asks for, and has it compute once, so that neither is charged to a model.
 *
 * @throws WarmsetError `ERR_RUNTIME_MISSING`; `ERR_LOAD_FAILED` where it does not start
 */
export async function warmRuntime(
  choice: TensorFlowNamespace | RuntimeName | undefined,
  { name }: { readonly name: string },
): Promise<void> {
  const { tf } = await startRuntime(choice, name);
  tf.tidy(() => {
    const x = tf.tensor(Float32Array.of(1), [1, 1], 'float32');
    tf.matMul(x, x).dataSync();
  });
}
