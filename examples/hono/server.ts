import { serve } from '@hono/node-server';
import { createHandler } from '@warmset/server';
import closeWithGrace from 'close-with-grace';
import { Hono } from 'hono';
import { registry } from './models.js';

const CLOSE_LIMIT_MS = 25_000;

const warmset = createHandler(registry, { basePath: '/inference' });
const app = new Hono();

// Everything under /inference is Warmset's. Not app.mount(), which would hide from it where it is: it answers with links.
app.all('/inference/*', (c) => warmset(c.req.raw));

// Routes of your own use the same registry.
app.get('/', (c) => c.json(registry.snapshot().models.map(({ name, state }) => ({ name, state }))));

const hostname = process.env.HOST ?? '127.0.0.1';
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname }, ({ port }) => {
  console.log(`listening on http://localhost:${port}`);
});

closeWithGrace({ delay: CLOSE_LIMIT_MS }, async () => {
  warmset.drain();
  // Event streams would never end by themselves.
  warmset.close();
  await new Promise((resolve) => server.close(resolve));
  await registry.close();
});
