import type { TensorMap } from '@warmset/registry';
import { z } from 'zod';
import { featureRow, type Risk, riskAt } from '../tensors.js';

/** A blood test, as the Indian Liver Patient Dataset has them. What was sometimes missing there may be left out. */
export const schema = z.strictObject({
  age: z.number().min(1).max(110).describe('years'),
  sex: z.enum(['male', 'female']),
  totalBilirubin: z.number().min(0.1).max(80).describe('mg/dl'),
  directBilirubin: z.number().min(0.05).max(40).describe('mg/dl'),
  alkalinePhosphatase: z.number().min(20).max(3000).describe('IU/l'),
  alanineAminotransferase: z.number().min(3).max(5000).describe('IU/l (ALT, SGPT)'),
  aspartateAminotransferase: z.number().min(3).max(6000).describe('IU/l (AST, SGOT)'),
  totalProteins: z.number().min(2).max(12).describe('g/dl'),
  albumin: z.number().min(0.5).max(7).describe('g/dl'),
  albuminGlobulinRatio: z.number().min(0.1).max(4).nullish(),
});

export type LiverFeatures = z.output<typeof schema>;

/** → `features` float32 [1, 10]; NaN is missing. Logarithms and standardising are in the graph. */
export function encode(test: LiverFeatures): TensorMap {
  return featureRow([
    test.age,
    Number(test.sex === 'male'),
    test.totalBilirubin,
    test.directBilirubin,
    test.alkalinePhosphatase,
    test.alanineAminotransferase,
    test.aspartateAminotransferase,
    test.totalProteins,
    test.albumin,
    test.albuminGlobulinRatio ?? NaN,
  ]);
}

/** `risk` float32 [1, 1]: a liver patient. */
export function decode(outputs: TensorMap): Risk {
  return riskAt(outputs, 'risk', 0);
}
