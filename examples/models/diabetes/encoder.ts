import type { TensorMap } from '@warmset/registry';
import { z } from 'zod';
import { featureRow, type Risk, riskAt } from '../tensors.js';

/** A woman of Pima heritage, 21 or older, as the table has them. What was sometimes missing there may be left out. */
export const schema = z.strictObject({
  pregnancies: z.int().min(0).max(20),
  glucose: z.number().min(30).max(300).nullish().describe('mg/dl, plasma, 2 h after oral glucose'),
  bloodPressure: z.number().min(20).max(150).nullish().describe('mmHg, diastolic'),
  skinThickness: z.number().min(3).max(110).nullish().describe('mm, triceps skin fold'),
  insulin: z.number().min(5).max(1000).nullish().describe('µU/ml, serum, 2 h after oral glucose'),
  bmi: z.number().min(12).max(80).nullish().describe('kg/m²'),
  // The table's diabetes pedigree function.
  pedigree: z.number().min(0).max(3).describe('diabetes among relatives, by nearness'),
  age: z.number().min(21).max(100).describe('years'),
});

export type DiabetesFeatures = z.output<typeof schema>;

/** → `features` float32 [1, 13]: eight values, 0 where missing, then five flags, 1 where missing. */
export function encode(woman: DiabetesFeatures): TensorMap {
  const { glucose, bloodPressure, skinThickness, insulin, bmi } = woman;
  return featureRow([
    woman.pregnancies,
    glucose ?? 0,
    bloodPressure ?? 0,
    skinThickness ?? 0,
    insulin ?? 0,
    bmi ?? 0,
    woman.pedigree,
    woman.age,
    // Flags, not NaN: no layer of a LayersModel can tell NaN from a number.
    ...[glucose, bloodPressure, skinThickness, insulin, bmi].map((value) => Number(value == null)),
  ]);
}

/** `risk` float32 [1, 1]: diabetes within five years. */
export function decode(outputs: TensorMap): Risk {
  return riskAt(outputs, 'risk', 0);
}
