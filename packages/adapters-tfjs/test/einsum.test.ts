import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { einsum, isPlainEinsum } from '../src/runtime/einsum.js';
import { fillKernelGaps } from '../src/runtime/kernels.js';
import type { TensorFlow, TfTensor } from '../src/tensorflow.js';
import { allocated, tf } from './support/engine.js';

beforeAll(() => tf.setBackend('cpu'));
afterAll(() => expect(allocated()).toMatchObject({ tensors: 0, bytes: 0 }));

const runtime = tf as unknown as TensorFlow;

/** Numbers that are the same at every run and no two alike. */
function tensor(shape: readonly number[]): ReturnType<typeof tf.tensor> {
  const count = shape.reduce((size, n) => size * n, 1);
  return tf.tensor(
    Float32Array.from({ length: count }, (_, index) => Math.sin(index * 1.7) + index / 50),
    [...shape],
  );
}

/** An einsum by its definition: every combination of indices, one after the other. */
function reference(
  equation: string,
  tensors: readonly { shape: number[]; dataSync(): ArrayLike<number> }[],
): number[] {
  const [left = '', output = ''] = equation.replaceAll(' ', '').split('->');
  const labels = left.split(',');
  const sizes = new Map(
    labels.flatMap((part, k) => [...part].map((label, axis) => [label, tensors[k]?.shape[axis] ?? 1])),
  );
  const offset = (part: string, at: ReadonlyMap<string, number>) =>
    [...part].reduce((sum, label) => sum * (sizes.get(label) ?? 1) + (at.get(label) ?? 0), 0);
  const result = new Array<number>(
    [...output].reduce((count, label) => count * (sizes.get(label) ?? 1), 1),
  ).fill(0);
  const visit = (open: readonly string[], at: ReadonlyMap<string, number>): void => {
    const [label, ...rest] = open;
    if (label === undefined) {
      const product = tensors.reduce(
        (value, tensor, k) => value * (tensor.dataSync()[offset(labels[k] ?? '', at)] ?? 0),
        1,
      );
      result[offset(output, at)] = (result[offset(output, at)] ?? 0) + product;
      return;
    }
    for (let index = 0; index < (sizes.get(label) ?? 1); index += 1)
      visit(rest, new Map([...at, [label, index]]));
  };
  visit([...sizes.keys()], new Map());
  return result;
}

const EQUATIONS: readonly { equation: string; shapes: number[][] }[] = [
  { equation: 'ab->ab', shapes: [[2, 3]] },
  { equation: 'ab->ba', shapes: [[2, 3]] },
  { equation: 'ab->a', shapes: [[2, 3]] },
  { equation: 'abc->b', shapes: [[2, 3, 4]] },
  { equation: 'ab->', shapes: [[2, 3]] },
  { equation: 'a,a->', shapes: [[3], [3]] },
  { equation: 'a,b->ab', shapes: [[2], [3]] },
  {
    equation: 'ab,bc->ac',
    shapes: [
      [2, 3],
      [3, 4],
    ],
  },
  {
    equation: 'ab,bc->ca',
    shapes: [
      [2, 3],
      [3, 4],
    ],
  },
  {
    equation: 'ab,cb->ac',
    shapes: [
      [2, 3],
      [4, 3],
    ],
  },
  {
    equation: 'abf,fe->abe',
    shapes: [
      [2, 3, 4],
      [4, 5],
    ],
  },
  {
    equation: 'bqhd,bkhd->bhqk',
    shapes: [
      [2, 3, 2, 5],
      [2, 4, 2, 5],
    ],
  },
  {
    equation: 'bhqk,bkhd->bqhd',
    shapes: [
      [2, 2, 3, 4],
      [2, 4, 2, 5],
    ],
  },
  {
    equation: 'ab,ab->ab',
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  // TensorFlow.js's own kernel fails at the next two: a letter that is only summed over.
  {
    equation: 'abc,cd->ad',
    shapes: [
      [2, 3, 4],
      [4, 5],
    ],
  },
  {
    equation: 'ab,cd->a',
    shapes: [
      [2, 3],
      [4, 5],
    ],
  },
  {
    equation: 'a b , b c -> a c',
    shapes: [
      [2, 3],
      [3, 4],
    ],
  },
];

describe('einsum', () => {
  it.each(EQUATIONS)('$equation', ({ equation, shapes }) => {
    tf.tidy(() => {
      const tensors = shapes.map((shape) => tensor(shape));
      const made = einsum(runtime, equation, tensors as unknown as TfTensor[]);
      expect(tensors).not.toContain(made);
      const expected = reference(equation, tensors);
      const values = made.dataSync() as Float32Array;
      expect(values).toHaveLength(expected.length);
      for (const [index, value] of expected.entries()) expect(values[index]).toBeCloseTo(value, 4);
    });
  });

  it('is for letters that stand once per tensor', () => {
    expect(isPlainEinsum('abf,fe->abe')).toBe(true);
    expect(isPlainEinsum('aa->a')).toBe(false);
    expect(isPlainEinsum('...a,ab->...b')).toBe(false);
  });
});

describe('fillKernelGaps', () => {
  it('takes the place of the CPU kernel, which is left what it is not for', () => {
    const own = tf.getKernel('Einsum', 'cpu');
    fillKernelGaps(runtime, 'cpu');
    fillKernelGaps(runtime, 'cpu');
    expect(tf.getKernel('Einsum', 'cpu')).not.toBe(own);
    tf.tidy(() => {
      const [a, b] = [tensor([2, 3]), tensor([3, 2])];
      const product = tf.matMul(a, b).dataSync();
      for (const [index, value] of tf.einsum('ab,bc->ac', a, b).dataSync().entries())
        expect(value).toBeCloseTo(product[index] ?? 0, 5);
      const whole = tf.einsum('ab,bc->ac', tf.cast(a, 'int32'), tf.cast(b, 'int32'));
      expect(whole.dtype).toBe('int32');
    });
  });

  it('touches no other backend', () => {
    const kernels = tf.getKernelsForBackend('webgl').length;
    fillKernelGaps(runtime, 'webgl');
    expect(tf.getKernelsForBackend('webgl')).toHaveLength(kernels);
  });
});
