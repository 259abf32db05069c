import type { TensorFlow, TfTensor } from '../tensorflow.js';

/**
 * An einsum of one or two tensors by matrix multiplication. TensorFlow.js's WASM backend has none, and its CPU
 * backend multiplies out every combination before it sums: 134 MB and 2.9 s for the 8 MB of magika's first layer.
 *
 * @param equation as in `abf,fe->abe`, without an ellipsis and with each letter once per tensor
 */
export function einsum(tf: TensorFlow, equation: string, tensors: readonly TfTensor[]): TfTensor {
  const [left = '', output = ''] = equation.replaceAll(/\s/g, '').split('->');
  const labels = left.split(',').map((part) => [...part]);
  const kept = [...output];
  const [first, second] = tensors.map((tensor, index) => ({ tensor, labels: labels[index] ?? [] }));
  if (first === undefined) throw new Error('an einsum of nothing');
  if (second === undefined) {
    const { tensor, labels: left } = summed(tf, first, kept);
    // A tensor of its own, also where nothing moves: a kernel's output must not be its input.
    return tf.transpose(tensor, orderOf(left, kept));
  }
  return multiplied(
    tf,
    summed(tf, first, [...kept, ...second.labels]),
    summed(tf, second, [...kept, ...first.labels]),
    kept,
  );
}

/** Whether {@link einsum} can do it: each letter once per tensor. */
export function isPlainEinsum(equation: string): boolean {
  const parts = equation.replaceAll(/\s/g, '').split(/,|->/);
  return /^[^.]*$/.test(equation) && parts.every((part) => new Set(part).size === part.length);
}

interface Labelled {
  readonly tensor: TfTensor;
  readonly labels: readonly string[];
}

/** Sums over the dimensions that nobody else has. */
function summed(tf: TensorFlow, { tensor, labels }: Labelled, needed: readonly string[]): Labelled {
  const axes = labels.flatMap((label, axis) => (needed.includes(label) ? [] : [axis]));
  if (axes.length === 0) return { tensor, labels };
  return { tensor: tf.sum(tensor, axes), labels: labels.filter((label) => needed.includes(label)) };
}

function multiplied(tf: TensorFlow, a: Labelled, b: Labelled, kept: readonly string[]): TfTensor {
  const both = a.labels.filter((label) => b.labels.includes(label));
  const batch = both.filter((label) => kept.includes(label));
  const contracted = both.filter((label) => !kept.includes(label));
  const ofA = a.labels.filter((label) => !both.includes(label));
  const ofB = b.labels.filter((label) => !both.includes(label));
  const sizes = new Map([...sizesOf(a), ...sizesOf(b)]);
  const shape = (labels: readonly string[]): number[] => labels.map((label) => sizes.get(label) ?? 1);
  const count = (labels: readonly string[]): number =>
    shape(labels).reduce((product, size) => product * size, 1);

  const left = tf.reshape(arranged(tf, a, [...batch, ...ofA, ...contracted]), [
    count(batch),
    count(ofA),
    count(contracted),
  ]);
  const right = tf.reshape(arranged(tf, b, [...batch, ...contracted, ...ofB]), [
    count(batch),
    count(contracted),
    count(ofB),
  ]);
  const labels = [...batch, ...ofA, ...ofB];
  return arranged(tf, { tensor: tf.reshape(tf.matMul(left, right), shape(labels)), labels }, kept);
}

function sizesOf({ tensor, labels }: Labelled): [string, number][] {
  return labels.map((label, axis) => [label, tensor.shape[axis] ?? 1]);
}

function arranged(tf: TensorFlow, { tensor, labels }: Labelled, order: readonly string[]): TfTensor {
  return order.join() === labels.join() ? tensor : tf.transpose(tensor, orderOf(labels, order));
}

function orderOf(labels: readonly string[], order: readonly string[]): number[] {
  return order.map((label) => labels.indexOf(label));
}
