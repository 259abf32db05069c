import type { Kernel, TensorFlow, TfTensor } from '../tensorflow.js';
import { einsum, isPlainEinsum } from './einsum.js';

/** Engines and backends that have been seen to: `registerKernel` is for the whole process. */
const done = new WeakMap<object, Set<string>>();

/**
 * Fills the gaps in TensorFlow.js's own JavaScript backends that keep converted transformers from running: `Einsum`
 * (absent on WASM, see {@link einsum} for CPU), and `_FusedMatMul` with a bias that is not one-dimensional (refused by WASM).
 * All else is left as it is.
 */
export function fillKernelGaps(tf: TensorFlow, backend: string): void {
  if ((backend !== 'wasm' && backend !== 'cpu') || typeof tf.registerKernel !== 'function') return;
  const backends = done.get(tf.engine()) ?? new Set();
  if (backends.has(backend)) return;
  done.set(tf.engine(), backends.add(backend));

  replace(tf, 'Einsum', backend, (original) => (call) => {
    const equation = String(call.attrs.equation);
    const tensors = Object.values(call.inputs);
    const usual = isPlainEinsum(equation) && tensors.every(({ dtype }) => dtype === 'float32');
    if (original !== undefined && !usual) return original.kernelFunc(call);
    return tidied(tf, () => einsum(tf, equation, tensors));
  });
  if (backend === 'wasm') {
    replace(tf, '_FusedMatMul', backend, (original) => (call) => {
      const { a, b, bias, preluActivationWeights } = call.inputs;
      const unfused = a !== undefined && b !== undefined && bias !== undefined && bias.shape.length !== 1;
      if (original !== undefined && !unfused) return original.kernelFunc(call);
      if (!unfused) throw new Error('the WASM backend has no _FusedMatMul');
      const { transposeA, transposeB, activation, leakyreluAlpha } = call.attrs;
      return tidied(tf, () => {
        const product = tf.matMul(a, b, transposeA === true, transposeB === true);
        return tf.backend_util.applyActivation(
          tf.add(product, bias),
          activation,
          preluActivationWeights,
          leakyreluAlpha,
        );
      });
    });
  }
}

function replace(
  tf: TensorFlow,
  kernelName: string,
  backendName: string,
  make: (original: Kernel | undefined) => Kernel['kernelFunc'],
): void {
  const original = tf.getKernel(kernelName, backendName);
  if (original !== undefined) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...original, kernelName, backendName, kernelFunc: make(original) });
}

function tidied(tf: TensorFlow, work: () => TfTensor): TfTensor {
  let made: TfTensor | undefined;
  // A kernel's output outlives the scope that its steps are cleared away in.
  tf.tidy(() => {
    made = work();
    return made;
  });
  if (made === undefined) throw new Error('a kernel made nothing');
  return made;
}
