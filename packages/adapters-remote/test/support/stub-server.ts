import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  type Datatype,
  formatInferResponse,
  type ModelMetadata,
  parseHeaderLength,
  parseInferRequest,
  signatureOf,
} from '@warmset/open-inference';
import type { WarmsetError } from '@warmset/registry';
import { checkInputs } from '@warmset/registry/adapter';

/** Answers a request, or leaves it as it is. */
export type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/** What the stub does where a test wants something else than a model that gives back its inputs. */
export interface StubOptions {
  readonly metadata?: Handler | ModelMetadata;
  readonly ready?: Handler;
  readonly infer?: Handler;
  /** `false`: a connection for each request, so that none is left that the server could close. */
  readonly keepAlive?: false;
  /** Default: a port of 127.0.0.1 that is free. */
  readonly listen?: { readonly path: string } | { readonly port: number };
}

export interface StubServer {
  readonly url: string;
  /** `POST /v2/models/m/infer`, and so on, in order. */
  readonly requests: string[];
  readonly headers: IncomingMessage['headers'][];
  /** Connections open now. */
  readonly sockets: ReadonlySet<Socket>;
  /** Requests whose connection ended before their answer did. */
  readonly abandoned: string[];
  /** Ends all connections, whatever is under way, and listens no more. */
  stop(): Promise<void>;
}

/** A model that gives back its inputs, one for each of some datatypes. */
export function identity(datatypes: readonly Datatype[]): ModelMetadata {
  const tensors = datatypes.map((datatype) => ({ name: `${datatype} value`, datatype, shape: [-1, 3] }));
  return { name: 'm', versions: ['1'], platform: 'stub', inputs: tensors, outputs: tensors };
}

/** A small V2 server on a real socket: one model, under any name, which gives back its inputs. */
export async function stubServer(options: StubOptions = {}): Promise<StubServer> {
  const { metadata = identity(['FP32']), ready = (_request, response) => response.end() } = options;
  const model = typeof metadata === 'function' ? identity(['FP32']) : metadata;
  const { infer = (request, response, body) => giveBack(model, request, response, body) } = options;
  const abandoned: string[] = [];
  const [requests, headers] = [[] as string[], [] as IncomingMessage['headers'][]];
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    const { method, url = '' } = request;
    requests.push(`${method} ${url}`);
    headers.push(request.headers);
    response.on('close', () => {
      if (!response.writableFinished) abandoned.push(`${method} ${url}`);
    });
    response.shouldKeepAlive = options.keepAlive ?? true;
    // A client that leaves takes its body along.
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    if (url.endsWith('/infer')) infer(request, response, body);
    else if (url.endsWith('/ready')) ready(request, response, body);
    else if (typeof metadata === 'function') metadata(request, response, body);
    else response.end(JSON.stringify(metadata));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) =>
    server.listen(options.listen ?? { port: 0, host: '127.0.0.1' }, resolve),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    headers,
    abandoned,
    sockets,
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function giveBack(
  model: ModelMetadata,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): void {
  try {
    const headerLength = parseHeaderLength(request.headers['inference-header-content-length']?.toString());
    const { inputs, wantsBinary } = parseInferRequest(body, headerLength);
    checkInputs(signatureOf(model), inputs, model.name);
    const answer = formatInferResponse({ modelName: model.name }, inputs, wantsBinary);
    response.writeHead(200, answer.headers).end(answer.body);
  } catch (error) {
    const { message, code } = error as WarmsetError;
    response.writeHead(400, { 'warmset-error-code': code }).end(JSON.stringify({ error: message }));
  }
}
