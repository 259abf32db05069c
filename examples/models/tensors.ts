import type { TensorMap } from '@warmset/registry';

/** What each of the four answers. */
export interface Risk {
  /** The probability of the positive class, 0 to 1. */
  risk: number;
}

/** One row of numbers as the input that all four take: `features`, float32 [1, F]. */
export function featureRow(values: readonly number[]): TensorMap {
  return { features: { dtype: 'float32', shape: [1, values.length], data: Float32Array.from(values) } };
}

/** Reads the probability at `index` of the output `name`. Anything else there is an error, never a risk of 0. */
export function riskAt(outputs: TensorMap, name: string, index: number): Risk {
  const risk = outputs[name]?.data[index];
  if (typeof risk !== 'number' || !(risk >= 0 && risk <= 1)) {
    throw new Error(`expected a probability at ${name}[${index}], got ${String(risk)}`);
  }
  return { risk };
}
