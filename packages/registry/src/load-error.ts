import { messageOf, modelError, WarmsetError } from './errors.js';
import type { LoadFailure } from './model-entry.js';

/** What a failed try means for the caller: the loader's own `WarmsetError`, or `ERR_LOAD_FAILED` around what it threw. */
export function loadErrorOf(name: string, thrown: unknown, retryAfterMs: number | undefined): WarmsetError {
  if (thrown instanceof WarmsetError) return rebuilt(thrown, name, retryAfterMs);
  return modelError('ERR_LOAD_FAILED', name, `did not load: ${messageOf(thrown)}`, {
    cause: thrown,
    retryAfterMs,
    retriable: isRetriable(thrown),
  });
}

/** The failure that a request meets while the model cools down. */
export function coolingError(name: string, failure: LoadFailure, now: number): WarmsetError {
  return rebuilt(failure.error, name, Math.ceil(failure.retryAt - now));
}

/** An error may say that trying again is pointless. */
export function isRetriable(thrown: unknown): boolean {
  const { retriable, retryable } = (thrown ?? {}) as { retriable?: unknown; retryable?: unknown };
  return retriable !== false && retryable !== false;
}

function rebuilt(error: WarmsetError, name: string, retryAfterMs: number | undefined): WarmsetError {
  return new WarmsetError(error.code, error.message, {
    modelName: error.modelName ?? name,
    ...('cause' in error && { cause: error.cause }),
    retryAfterMs,
    retriable: error.retriable,
  });
}
