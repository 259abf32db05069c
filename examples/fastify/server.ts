import type { AddressInfo } from 'node:net';
import { warmset } from '@warmset/server/fastify';
import closeWithGrace from 'close-with-grace';
import { fastify } from 'fastify';
import { registry } from './models.js';

const CLOSE_LIMIT_MS = 25_000;

const app = fastify({ logger: { level: process.env.LOG_LEVEL ?? 'warn' } });

// Everything under /inference is Warmset's, and what it has to say goes into Fastify's log.
await app.register(warmset, { prefix: '/inference', registry, logger: app.log });

// Routes of your own use the same registry, and keep Fastify's parsers, schemas and hooks.
app.get('/', async () => registry.snapshot().models.map(({ name, state }) => ({ name, state })));

// Called once every accepted request is answered.
app.addHook('onClose', () => registry.close());
closeWithGrace({ delay: CLOSE_LIMIT_MS, logger: app.log }, async ({ err }) => {
  if (err) app.log.error(err);
  await app.close();
});

await app.listen({ port: Number(process.env.PORT ?? 3000), host: process.env.HOST ?? '127.0.0.1' });
console.log(`listening on http://localhost:${(app.server.address() as AddressInfo).port}`);
