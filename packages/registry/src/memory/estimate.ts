import type { ModelDefinition } from '../definition.js';
import { checkEstimate } from '../definition-check.js';

/**
 * An upper bound in bytes for a load: the definition's, raised to what was measured the last time where that was more.
 * `undefined` where nothing is known; such a load reserves nothing and is charged once it is measured.
 */
export async function estimateLoad(
  name: string,
  definition: ModelDefinition,
  measuredBytes: number | undefined,
): Promise<number | undefined> {
  const { estimateBytes } = definition;
  const stated =
    typeof estimateBytes === 'function'
      ? checkEstimate(`models.${name}.estimateBytes`, await estimateBytes())
      : estimateBytes;
  if (stated === undefined) return measuredBytes;
  return Math.max(stated, measuredBytes ?? 0);
}
