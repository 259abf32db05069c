import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import { contextOf, type Handler } from '../handler.js';
import { toResponse } from '../http/answer.js';
import { errorAnswer } from '../http/error-answer.js';
import { HttpError } from '../http/http-error.js';
import { openInference } from '../infer/open-inference.js';
import { alreadyRead, type Parsed } from './node-body.js';
import { answerOnNode, type Target, writeAnswer } from './node-infer.js';

/** Answers Node's requests; settles once the answer is on its way. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The hot path: `POST /v2/models/{model}[/versions/{version}]/infer`, with nothing in the URL that needs a parser. */
const INFER = /^\/v2\/models\/([\w.:@-]+)(?:\/versions\/([\w.-]+))?\/infer$/;

/** What {@link INFER} may not answer: preflights and the like go the long way. */
export function nodeListener(handler: Handler): NodeListener {
  const context = contextOf(handler);
  const { basePath, routes, cors } = context.settings;
  const exchange = openInference(context.settings);
  // The global `Request` is the application's.
  const viaRequest = getRequestListener((request) => handler(request), {
    overrideGlobalObjects: false,
    // HTTP/1.0 need not name a host, and the health checks of load balancers do not.
    hostname: 'localhost',
    errorHandler: (error) =>
      toResponse(
        errorAnswer(
          error instanceof RequestError ? new HttpError(400, `${error.message}.`) : error,
          context.settings.logger,
        ),
      ),
  });
  // Where other origins are let in, their headers are the app's to write.
  const isDirect = routes.v2 && cors === undefined;
  return async (request, response) => {
    const target = isDirect && request.method === 'POST' ? targetOf(request.url ?? '', basePath) : undefined;
    if (target !== undefined) return answerOnNode(context, exchange, target, request, response);
    try {
      giveBack(request, context.settings.limits.bodyBytes);
    } catch (error) {
      return writeAnswer(errorAnswer(error, context.settings.logger), response);
    }
    await viaRequest(request, response);
  };
}

/** A body that is read already is where @hono/node-server looks for one that a cloud's functions have read. */
function giveBack(request: IncomingMessage & Parsed & { rawBody?: Buffer }, limit: number): void {
  if (request.body === undefined || request.rawBody !== undefined) return;
  request.rawBody = Buffer.from(alreadyRead(request, limit));
}

function targetOf(url: string, basePath: string): Target | undefined {
  if (!url.startsWith(basePath)) return undefined;
  const path = basePath === '' ? url : url.slice(basePath.length);
  const [, model, version] = INFER.exec(path) ?? [];
  return model === undefined ? undefined : { path, model, version };
}
