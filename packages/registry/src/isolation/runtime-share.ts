import type { ModelDefinition } from '../definition.js';
import type { LoadedModel } from './host.js';
import type { PooledHost } from './pooled-host.js';

/**
 * The first model of a module brings the runtime into a shared host. What it takes beyond the model's estimate, which
 * is an upper bound, stays when the model goes, so it is the host's; the model's figure is then the runtime's own, where
 * it has one. A definition with a `startRuntime` has had its runtime brought in before it was measured. Notes the module.
 */
export function withoutRuntime(
  { own, modules }: PooledHost,
  { portable, startRuntime }: ModelDefinition,
  estimatedBytes: number | undefined,
  loaded: LoadedModel,
): LoadedModel {
  const module = portable?.module ?? '';
  const first = !modules.has(module);
  modules.add(module);
  if (
    own ||
    !first ||
    startRuntime !== undefined ||
    estimatedBytes === undefined ||
    (loaded.bytes ?? 0) <= estimatedBytes
  )
    return loaded;
  const { source: _measured, heldBytes: _held, ...rest } = loaded;
  return { ...rest, bytes: loaded.runtimeBytes };
}
