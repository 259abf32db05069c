import { readFileSync } from 'node:fs';
import { folderUrl, type ModelName, models } from '@warmset-examples/models';

/** A held-out row: what the server is asked, what is known, what the model answered where it was trained. */
export interface Sample {
  readonly features: unknown;
  readonly label: 0 | 1;
  readonly expected: { readonly risk: number };
}

export const modelNames = Object.keys(models) as ModelName[];

export function samplesOf(name: ModelName): Sample[] {
  return JSON.parse(readFileSync(new URL('samples.json', folderUrl(name)), 'utf8')) as Sample[];
}
