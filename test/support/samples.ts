import { readFileSync } from 'node:fs';

export const MODELS = ['heart', 'liver', 'diabetes', 'lung'] as const;

export type ModelName = (typeof MODELS)[number];

/** A held-out row, and what the model answered where it was trained. */
export interface Sample {
  readonly features: Readonly<Record<string, number | string | boolean | null>>;
  readonly expected: { readonly risk: number };
}

export function samplesOf(name: ModelName): Sample[] {
  const file = new URL(`../../examples/models/${name}/samples.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Sample[];
}

/** A sample of the model, by its number. */
export function sampleOf(name: ModelName, row: number): Sample {
  const sample = samplesOf(name)[row];
  if (sample === undefined) throw new Error(`${name} has no sample ${row}.`);
  return sample;
}
