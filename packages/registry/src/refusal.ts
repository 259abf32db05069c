import type { RegistryContext } from './context.js';
import type { ErrorCode } from './error-codes.js';
import { describeValue, WarmsetError } from './errors.js';
import type { ModelEntry } from './model-entry.js';

export function notFound(name: string): WarmsetError {
  return refusal('ERR_MODEL_NOT_FOUND', `There is no model ${describeValue(name)}.`, name);
}

export function closedError(name?: string): WarmsetError {
  return refusal('ERR_REGISTRY_CLOSED', 'The registry is closed.', name);
}

/** @param name as a caller gave it: no name of a model, perhaps, and of any length */
function refusal(code: ErrorCode, message: string, name: unknown): WarmsetError {
  const modelName = typeof name === 'string' ? name.slice(0, 200) : undefined;
  return new WarmsetError(code, message, { modelName, retriable: false });
}

/**
 * Before a load that was not asked for just now: by an encoder that took its time, by a preload whose turn has come. The
 * model may have been unregistered since then, or the registry closed.
 *
 * @throws WarmsetError `ERR_REGISTRY_CLOSED`, `ERR_MODEL_NOT_FOUND`
 */
export function assertWanted(entry: ModelEntry, context: RegistryContext): void {
  if (context.state !== 'open') throw closedError(entry.name);
  if (entry.leaving) throw notFound(entry.name);
}
