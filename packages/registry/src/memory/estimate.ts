import type { RegistryContext } from '../context.js';
import type { ModelDefinition } from '../definition.js';
import { checkEstimate } from '../definition-check.js';
import { modelError } from '../errors.js';
import { kindFor } from '../isolation/kind.js';
import { withinLimits } from '../limits.js';
import type { ModelEntry } from '../model-entry.js';

/**
 * An upper bound in whole bytes for a load: the definition's, raised to what was measured the last time where that was more.
 * `undefined` where nothing is known; such a load reserves nothing and is charged once it is measured.
 *
 * @throws WarmsetError `ERR_LOAD_TIMEOUT` where the definition takes as long as a load may; the signal's reason
 */
export async function estimateLoad(
  { settings }: RegistryContext,
  entry: ModelEntry,
  definition: ModelDefinition,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { estimateBytes, loadTimeoutMs: timeoutMs = settings.load.timeoutMs } = definition;
  const measuredBytes = definition === entry.definition ? entry.measuredBytes : undefined;
  const atLeast = (stated: number) => Math.max(Math.ceil(stated), measuredBytes ?? 0);
  if (typeof estimateBytes !== 'function') {
    return estimateBytes === undefined ? measuredBytes : atLeast(estimateBytes);
  }
  const timedOut = () =>
    modelError(
      'ERR_LOAD_TIMEOUT',
      entry.name,
      `was given up: its estimate took longer than ${timeoutMs} ms.`,
      {
        retriable: false,
      },
    );
  const estimating = Promise.resolve(estimateBytes({ isolation: kindFor(definition, settings.isolation) }));
  const stated = await withinLimits(estimating, settings.clock, { signal, timeoutMs }, timedOut);
  return atLeast(checkEstimate(`models.${entry.name}.estimateBytes`, stated));
}
