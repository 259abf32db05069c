/** The example server: more models than memory, each loaded by the first request that wants it. */
import { predictionApp, serve } from './app.js';
import { registry } from './models.js';

const app = predictionApp((model, body) => registry.handle(model).run(body, { timeoutMs: 60_000 }));

/** What each model held when it was last loaded: one that was evicted holds nothing. */
const lastLoaded = new Map<string, { bytes: number; source: string }>();
registry.on('ready', ({ name, bytes, source }) => lastLoaded.set(name, { bytes, source }));

app.get('/memory-status', (_request, response) => {
  const { memory, loads, hosts } = registry.snapshot();
  response.json({ memory, loads, hosts: hosts.length, lastLoaded: Object.fromEntries(lastLoaded) });
});

app.get('/model-status', (_request, response) => {
  response.json(
    registry.snapshot().models.map((status) => ({
      ...status,
      decisions: registry.handle(status.name).explain().decisions,
    })),
  );
});

serve(app, () => registry.close());
