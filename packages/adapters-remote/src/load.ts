import type { LoadContext } from '@warmset/registry';
import { messageOf, WarmsetError } from '@warmset/registry/adapter';
import { Connection } from './connection.js';
import { refusedBy } from './failures.js';
import { isReady, readMetadata } from './metadata.js';
import { RemoteModel } from './model.js';
import type { Target } from './target.js';

/**
 * Connects to a model: asks the server for its metadata, and whether it is ready. One that is not can still be had where
 * the server loads models on demand, as Warmset's does: its first run waits for that.
 *
 * @throws WarmsetError `ERR_LOAD_FAILED` naming the server and the reason; the signal's reason
 */
export async function loadRemote(target: Target, { name, signal, clock }: LoadContext): Promise<RemoteModel> {
  signal.throwIfAborted();
  const { path, binary, retries } = target;
  const connection = await Connection.open(target, { name, clock });
  const { origin } = connection;
  // The registry tries a load again by itself.
  const get = (of: string) => connection.request({ method: 'GET', path: of }, { signal, retries: 0 });
  try {
    const { signature, runtime, loadsOnDemand } = readMetadata(await get(path), origin);
    const answer = await get(`${path}/ready`);
    if (!isReady(answer) && !loadsOnDemand) throw refusedBy(answer, origin, origin.address.text);
    return new RemoteModel({ connection, path, signature, runtime, binary, retries });
  } catch (error) {
    await connection.close();
    throw signal.aborted ? error : loadFailed(error, name);
  }
}

function loadFailed(cause: unknown, modelName: string): WarmsetError {
  const { retryAfterMs, retriable } = cause as { retryAfterMs?: number; retriable?: boolean };
  return new WarmsetError('ERR_LOAD_FAILED', messageOf(cause), { modelName, cause, retryAfterMs, retriable });
}
