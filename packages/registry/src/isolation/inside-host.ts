import { WarmsetError } from '../errors.js';

/** Found by every copy of this package in the same thread. */
const MARK = Symbol.for('warmset.host');

/** This thread is a host. */
export function markHost(): void {
  Object.defineProperty(globalThis, MARK, { value: true });
}

/**
 * A portable module that also makes the application's registry would have its host start hosts, which import it too,
 * and so on without end.
 *
 * @throws WarmsetError `ERR_MODEL_INVALID` within a host
 */
export function refuseInsideHost(): void {
  if (!Object.hasOwn(globalThis, MARK)) return;
  throw new WarmsetError(
    'ERR_MODEL_INVALID',
    'A host was asked to start hosts: the module of a portable definition seems to make a registry as it is imported. ' +
      "Move what it exports for hosts into a file of its own, or use `isolation: 'inline'` in a registry inside a host.",
    { retriable: false },
  );
}
