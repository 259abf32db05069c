import type { TensorMap } from '@warmset/registry';
import { z } from 'zod';
import { featureRow, type Risk, riskAt } from '../tensors.js';

/** Someone's answers in the lung cancer survey. */
export const schema = z.strictObject({
  sex: z.enum(['male', 'female']),
  age: z.number().min(18).max(110).describe('years'),
  smoking: z.boolean(),
  yellowFingers: z.boolean(),
  anxiety: z.boolean(),
  peerPressure: z.boolean(),
  chronicDisease: z.boolean(),
  fatigue: z.boolean(),
  allergy: z.boolean(),
  wheezing: z.boolean(),
  alcohol: z.boolean(),
  coughing: z.boolean(),
  shortnessOfBreath: z.boolean(),
  swallowingDifficulty: z.boolean(),
  chestPain: z.boolean(),
});

export type LungFeatures = z.output<typeof schema>;

/** → `features` float32 [1, 15]; yes and male are 1. Standardising is in the graph. */
export function encode(answers: LungFeatures): TensorMap {
  return featureRow([
    Number(answers.sex === 'male'),
    answers.age,
    Number(answers.smoking),
    Number(answers.yellowFingers),
    Number(answers.anxiety),
    Number(answers.peerPressure),
    Number(answers.chronicDisease),
    Number(answers.fatigue),
    Number(answers.allergy),
    Number(answers.wheezing),
    Number(answers.alcohol),
    Number(answers.coughing),
    Number(answers.shortnessOfBreath),
    Number(answers.swallowingDifficulty),
    Number(answers.chestPain),
  ]);
}

/** `risk` float32 [1, 1]: "yes" to lung cancer. */
export function decode(outputs: TensorMap): Risk {
  return riskAt(outputs, 'risk', 0);
}
