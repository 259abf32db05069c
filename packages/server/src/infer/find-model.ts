import type { ModelHandle } from '@warmset/registry';
import type { ServerContext } from '../context.js';
import { HttpError } from '../http/http-error.js';

/** A registry holds one version of a model. */
export const VERSION = '1';

/**
 * The model of a name that came in a path. The name meets nothing but the registry's own table of names.
 *
 * @throws WarmsetError `ERR_MODEL_NOT_FOUND`, `ERR_REGISTRY_CLOSED`; HttpError 404 where there is no such version
 */
export function findModel({ registry }: ServerContext, name: string, version?: string): ModelHandle {
  const handle = registry.handle(name);
  if (version === undefined || version === VERSION) return handle;
  throw new HttpError(404, `Model "${name}" has no such version; it has ${VERSION}.`);
}
