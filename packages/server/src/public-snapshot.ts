import type { ModelRegistry, ModelStatus, RegistrySnapshot } from '@warmset/registry';
import { safeFailure } from './http/safe-text.js';

/** A status without what a stranger may not read. */
export function publicStatus(status: ModelStatus): ModelStatus {
  const { name, error } = status;
  if (error === undefined) return status;
  return { ...status, error: { ...error, message: safeFailure(name, error) } };
}

/** `registry.snapshot()` as the server shows it. */
export function publicSnapshot(registry: ModelRegistry): RegistrySnapshot {
  const snapshot = registry.snapshot();
  return { ...snapshot, models: snapshot.models.map(publicStatus) };
}
