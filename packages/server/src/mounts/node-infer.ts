import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerContext } from '../context.js';
import { type Answer, SECURITY_HEADERS } from '../http/answer.js';
import type { OnBodyBytes } from '../http/body.js';
import type { Call } from '../infer/call.js';
import type { Exchange } from '../infer/exchange.js';
import { serve } from '../infer/serve.js';
import { statusLinkFrom } from '../infer/status-link.js';
import { readNodeBody } from './node-body.js';

/** Answers on Node's own request and response: the same `serve()` as behind `Request`, without what those cost. */
export async function answerOnNode<Input>(
  context: ServerContext,
  exchange: Exchange<Input>,
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  writeAnswer(await serve(context, new NodeCall(context, target, request, response), exchange), response);
}

/** What a path says of a call. */
export interface Target {
  readonly path: string;
  readonly model: string;
  readonly version: string | undefined;
}

/** A class, since an object with a getter of its own, made for every request, is slow. */
class NodeCall implements Call {
  readonly model: string;
  readonly version: string | undefined;
  readonly #context: ServerContext;
  readonly #path: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #hungUp: AbortSignal | undefined;

  constructor(context: ServerContext, target: Target, request: IncomingMessage, response: ServerResponse) {
    this.model = target.model;
    this.version = target.version;
    this.#context = context;
    this.#path = target.path;
    this.#request = request;
    this.#response = response;
  }

  get statusLink(): string | undefined {
    return statusLinkFrom(this.#context, this.#path, this.model);
  }

  /** Made where it is asked for: a hit in a host does without it. */
  get signal(): AbortSignal {
    this.#hungUp ??= hangUpOf(this.#response);
    return this.#hungUp;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  readBody(limit: number, onBytes: OnBodyBytes): Promise<Uint8Array> {
    return readNodeBody(this.#request, limit, onBytes);
  }
}

/** Aborts when the client goes before it has its answer. */
function hangUpOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const check = () => {
    if (!response.writableFinished) controller.abort();
  };
  if (response.closed) check();
  else response.once('close', check);
  return controller.signal;
}

/** Writes an answer that is no stream. */
export function writeAnswer({ status, headers, body }: Answer, response: ServerResponse): void {
  // A framework's middleware may have ended it, or the client gone.
  if (response.headersSent || response.destroyed) return;
  if (body instanceof ReadableStream) throw new TypeError('Expected an answer that is not a stream.');
  const flat = SECURITY_FLAT.slice();
  for (const [name, value] of Object.entries(headers)) flat.push(name, value);
  flat.push('content-length', String(typeof body === 'string' ? Buffer.byteLength(body) : body.length));
  response.writeHead(status, flat);
  response.end(body);
}

/** Names and values in turn, as `writeHead` takes them with the least work. */
const SECURITY_FLAT: readonly string[] = Object.entries(SECURITY_HEADERS).flat();
