import type { TensorMap } from '@warmset/registry';
import { z } from 'zod';
import { featureRow, type Risk, riskAt } from '../tensors.js';

/** A patient before angiography, as the Cleveland table has them. What was sometimes missing there may be left out. */
export const schema = z.strictObject({
  age: z.number().min(18).max(110).describe('years'),
  sex: z.enum(['male', 'female']),
  chestPain: z.enum(['typical', 'atypical', 'nonAnginal', 'asymptomatic']).describe('kind of angina'),
  restingBloodPressure: z.number().min(60).max(260).describe('mmHg, on admission'),
  cholesterol: z.number().min(80).max(700).describe('mg/dl, serum'),
  fastingBloodSugarHigh: z.boolean().describe('above 120 mg/dl'),
  restingEcg: z.enum(['normal', 'stWaveAbnormality', 'leftVentricularHypertrophy']),
  maxHeartRate: z.number().min(50).max(230).describe('beats per minute, reached in the exercise test'),
  exerciseAngina: z.boolean().describe('angina brought on by exercise'),
  stDepression: z.number().min(0).max(10).describe('mm, brought on by exercise, relative to rest'),
  stSlope: z.enum(['up', 'flat', 'down']).describe('of the ST segment at peak exercise'),
  majorVessels: z.int().min(0).max(3).nullish().describe('coloured by fluoroscopy'),
  thallium: z.enum(['normal', 'fixedDefect', 'reversibleDefect']).nullish().describe('thallium scan'),
});

export type HeartFeatures = z.output<typeof schema>;

// The codes of the UCI file, which the trees were grown on.
const chestPain = { typical: 1, atypical: 2, nonAnginal: 3, asymptomatic: 4 };
const restingEcg = { normal: 0, stWaveAbnormality: 1, leftVentricularHypertrophy: 2 };
const stSlope = { up: 1, flat: 2, down: 3 };
const thallium = { normal: 3, fixedDefect: 6, reversibleDefect: 7 };

/** → `features` float32 [1, 13]; NaN is missing, which the trees have branches for. */
export function encode(patient: HeartFeatures): TensorMap {
  return featureRow([
    patient.age,
    Number(patient.sex === 'male'),
    chestPain[patient.chestPain],
    patient.restingBloodPressure,
    patient.cholesterol,
    Number(patient.fastingBloodSugarHigh),
    restingEcg[patient.restingEcg],
    patient.maxHeartRate,
    Number(patient.exerciseAngina),
    patient.stDepression,
    stSlope[patient.stSlope],
    patient.majorVessels ?? NaN,
    patient.thallium == null ? NaN : thallium[patient.thallium],
  ]);
}

/** `probabilities` float32 [1, 2] is (healthy, narrowed vessel). */
export function decode(outputs: TensorMap): Risk {
  return riskAt(outputs, 'probabilities', 1);
}
