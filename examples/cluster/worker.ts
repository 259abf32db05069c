import { closeOnSignals, createServer } from '@warmset/server/node';
import { ownModels, sharedModels } from './models.js';

const socketPath = process.env.WARMSET_SOCKET;
const server = socketPath === undefined ? createServer(ownModels()) : createServer(sharedModels(socketPath));

// For the demo, which wants to know that it has met all of them.
server.server.prependListener('request', (_request, response) => response.setHeader('x-worker', process.pid));

closeOnSignals(server, { timeoutMs: Number(process.env.WORKER_LIMIT_MS) });
// All workers listen on the same port; the primary hands connections out.
await server.listen({ port: Number(process.env.PORT ?? 3000), host: process.env.HOST ?? '127.0.0.1' });
