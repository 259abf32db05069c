import type { ModelHandle } from '@warmset/registry';
import type { ServerContext } from '../context.js';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { retryAfter } from '../http/error-answer.js';
import { HttpError } from '../http/http-error.js';

/** What a client is told to wait for a load that has never been measured. */
const UNKNOWN_LOAD_MS = 2_000;

/** How long the model takes to load, as measured the last time. */
export function loadMsOf({ facts }: ServerContext, name: string): number {
  return facts.lastLoad(name)?.loadMs || UNKNOWN_LOAD_MS;
}

/** @throws HttpError 429 where as many wait for the model as may */
export function assertQueueHasRoom(context: ServerContext, handle: ModelHandle): void {
  const { queue } = context.settings.limits;
  if (handle.status().waiting < queue) return;
  throw new HttpError(
    429,
    `Model "${handle.name}" is not loaded, and ${queue} requests wait for it already.`,
    {
      retryAfterMs: loadMsOf(context, handle.name),
    },
  );
}

/**
 * Sees that the model is being loaded and answers at once.
 *
 * @throws WarmsetError what refuses the load by then: it cools down after a failure, the registry is closed
 */
export async function answerBeforeLoad(
  context: ServerContext,
  handle: ModelHandle,
  policy: 'accept' | 'refuse',
  statusLink: string | undefined,
): Promise<Answer> {
  await beginLoad(context, handle);
  const { name } = handle;
  const headers = {
    ...retryAfter(loadMsOf(context, name)),
    ...(statusLink !== undefined && { location: statusLink }),
  };
  const text = `Model "${name}" is being loaded; send the request again then.`;
  if (policy === 'refuse') return jsonAnswer({ error: text }, 503, headers);
  const { state } = handle.status();
  return jsonAnswer({ name, state, message: text }, 202, {
    ...headers,
    'preference-applied': 'respond-async',
  });
}

/**
 * A load that no client waits for. It is begun as a request would, not with `load()`, which would step over the
 * cool-down after a failure for anyone who asks.
 */
async function beginLoad({ facts }: ServerContext, handle: ModelHandle): Promise<void> {
  const state = facts.stateOf(handle.name);
  if (state === 'queued' || state === 'loading') return;
  const loading = handle.use(() => {});
  // Nobody is left to tell by the time it fails; the log and the status do.
  loading.catch(() => {});
  await Promise.race([loading, nextTurn()]);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
