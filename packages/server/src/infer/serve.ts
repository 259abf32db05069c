import { type ModelHandle, WarmsetError } from '@warmset/registry';
import type { ServerContext } from '../context.js';
import type { Answer } from '../http/answer.js';
import { checkContentLength, checkContentType } from '../http/body.js';
import type { BodyShare } from '../http/body-room.js';
import { errorAnswer } from '../http/error-answer.js';
import { parsePrefer } from '../http/prefer.js';
import type { InferenceSpan } from '../telemetry/inference-span.js';
import type { Call } from './call.js';
import { answerBeforeLoad, assertQueueHasRoom, loadMsOf } from './cold.js';
import type { Decoded, Exchange } from './exchange.js';
import { findModel } from './find-model.js';

/** A request that may go on: the model is there and has room, and what the headers announce is within the limits. */
interface Admitted {
  readonly handle: ModelHandle;
  readonly cold: boolean;
  /** Of its body; 0 where the client does not say. */
  readonly announcedBytes: number;
  /** The longest that the request may take, in milliseconds. */
  readonly waitMs: number;
  /** Whether the client set a limit of its own. */
  readonly isHurried: boolean;
  /** Instead of the work, where the client is not to wait for the load. */
  readonly early: Promise<Answer> | undefined;
}

/** Runs a model for a client. Never rejects: what goes wrong is an answer too. */
export async function serve<Input>(
  context: ServerContext,
  call: Call,
  exchange: Exchange<Input>,
): Promise<Answer> {
  const span = context.telemetry.inference(call);
  if (span === undefined) return answered(context, call, exchange, span);
  const answer = await span.around(() => answered(context, call, exchange, span));
  span.end(answer);
  return answer;
}

async function answered<Input>(
  context: ServerContext,
  call: Call,
  exchange: Exchange<Input>,
  span: InferenceSpan | undefined,
): Promise<Answer> {
  try {
    const admitted = admit(context, call, span);
    if (admitted.early !== undefined) return await admitted.early;
    return await exchanged(context, call, exchange, admitted);
  } catch (error) {
    return errorAnswer(timedOut(context, error), context.settings.logger, call.signal);
  }
}

/**
 * All that can be decided before the body is read.
 *
 * @throws HttpError, WarmsetError
 */
function admit(context: ServerContext, call: Call, span: InferenceSpan | undefined): Admitted {
  const { settings, facts } = context;
  const handle = findModel(context, call.model, call.version);
  checkContentType((header) => call.header(header));
  const announcedBytes = checkContentLength(call.header('content-length'), settings.limits.bodyBytes);
  const prefer = parsePrefer(call.header('prefer'));
  const cold = facts.stateOf(handle.name) !== 'ready';
  span?.admitted(handle.name, cold);
  const { requestMs } = settings.limits;
  const isHurried = prefer.waitMs !== undefined;
  const waitMs = isHurried ? Math.min(prefer.waitMs, requestMs) : requestMs;
  let early: Promise<Answer> | undefined;
  if (cold) {
    assertQueueHasRoom(context, handle);
    const policy = call.mustWait === true ? 'wait' : prefer.respondAsync ? 'accept' : settings.cold;
    if (policy !== 'wait') early = answerBeforeLoad(context, handle, policy, call.statusLink);
  }
  return { handle, cold, announcedBytes, isHurried, waitMs, early };
}

async function exchanged<Input>(
  context: ServerContext,
  call: Call,
  exchange: Exchange<Input>,
  admitted: Admitted,
): Promise<Answer> {
  const { traffic, bodies, settings } = context;
  const { handle, cold } = admitted;
  const own = traffic.enter(handle.name);
  const startedAt = performance.now();
  let share: BodyShare | undefined;
  try {
    share = bodies.share(admitted.announcedBytes);
    const body = await call.readBody(settings.limits.bodyBytes, share.has);
    const readAt = performance.now();
    const decoded = exchange.decode(body, (name) => call.header(name));
    const decodedAt = performance.now();
    const output = await run(context, call, exchange, admitted, decoded);
    const ranAt = performance.now();
    const callMs = ranAt - decodedAt;
    const encoded = exchange.encode(decoded.input, output, { model: handle.name, cold, callMs });
    const endedAt = performance.now();
    traffic.succeeded(own, {
      decodeMs: decodedAt - readAt,
      callMs,
      encodeMs: endedAt - ranAt,
      totalMs: endedAt - startedAt,
    });
    return { status: 200, headers: encoded.headers, body: encoded.body };
  } catch (error) {
    traffic.failed(own, performance.now() - startedAt);
    throw error;
  } finally {
    share?.release();
    traffic.left(own);
  }
}

/**
 * A hit does without a timer of its own and without listeners, which would cost as much as all else here: one watch keeps
 * the server's limit for all. In a host it does without a signal, too, since nothing can be taken back from there.
 */
function run<Input>(
  { deadlines, facts }: ServerContext,
  call: Call,
  exchange: Exchange<Input>,
  { handle, cold, waitMs, isHurried }: Admitted,
  { input, waitMs: wanted }: Decoded<Input>,
): Promise<unknown> {
  if (!cold && !isHurried && wanted === undefined) {
    const isInline = facts.lastLoad(handle.name)?.isolation === 'inline';
    const running = exchange.runNow?.(handle, input, isInline ? call.signal : undefined);
    if (running !== undefined) return deadlines.within(running, waitMs, handle.name);
  }
  const timeoutMs = wanted === undefined ? waitMs : Math.min(wanted, waitMs);
  return exchange.run(handle, input, { signal: call.signal, timeoutMs });
}

/** A client whose wait was too short for the load may come back when that is done. */
function timedOut(context: ServerContext, error: unknown): unknown {
  if (!(error instanceof WarmsetError) || error.code !== 'ERR_TIMEOUT' || error.modelName === undefined)
    return error;
  const { code, message, modelName } = error;
  return new WarmsetError(code, message, { modelName, retryAfterMs: loadMsOf(context, modelName) });
}
