import type { ServerContext } from '../context.js';
import { SSE_HEADERS, type SseStream } from '../events/sse-stream.js';
import type { Answer } from '../http/answer.js';
import { errorAnswer } from '../http/error-answer.js';
import type { Call } from './call.js';
import type { Exchange } from './exchange.js';
import { serve } from './serve.js';

/** What of a model's life a waiting client is told. */
const TOLD: ReadonlySet<string> = new Set(['state', 'progress', 'ready', 'failed']);

/**
 * The answer as server-sent events: `state`, `progress`, `ready` and `failed` of the model while the request waits, then
 * one `result` or `error` with what would have been the body. The status is in the last event, since it is known last.
 */
export function serveStreamed<Input>(context: ServerContext, call: Call, exchange: Exchange<Input>): Answer {
  const hungUp = new AbortController();
  let unwatch = () => {};
  let stream: SseStream;
  try {
    stream = context.hub.stream(() => {
      unwatch();
      hungUp.abort();
    });
  } catch (error) {
    return errorAnswer(error, context.settings.logger);
  }
  unwatch = context.hub.watch(call.model, ({ type, data }) => {
    if (TOLD.has(type)) stream.send(type, data);
  });
  const signal = AbortSignal.any([call.signal, hungUp.signal]);
  void serve(context, { ...call, signal, mustWait: true }, exchange).then((answer) => {
    stream.send(answer.status === 200 ? 'result' : 'error', lastEvent(answer));
    stream.close();
  });
  return { status: 200, headers: SSE_HEADERS, body: stream.body };
}

function lastEvent({ status, headers, body }: Answer): string {
  const retryAfter = headers['retry-after'];
  const facts = `"status":${status}${retryAfter === undefined ? '' : `,"retry_after":${retryAfter}`}`;
  // Bytes cannot go in an event; a client that wants them does not ask for a stream.
  return `{${facts},"body":${typeof body === 'string' ? body : '{"error":"Binary outputs cannot be streamed."}'}}`;
}
