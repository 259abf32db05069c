import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type Express } from 'express';

/** What the three servers have in common: `POST /predict/:model`, errors as JSON. */
export function predictionApp(predict: (model: string, body: unknown) => Promise<unknown>): Express {
  const app = express();
  app.use(express.json({ limit: '16kb' }));
  app.post('/predict/:model', async (request, response) => {
    response.json(await predict(request.params.model, request.body));
  });
  return app;
}

/** Listens on `PORT`, or a free one, and says so; ends at SIGTERM, when what it accepted is answered. */
export function serve(app: Express, close: () => Promise<unknown> = async () => {}): void {
  const onError: ErrorRequestHandler = (error, _request, response, _next) => {
    console.error(error);
    const { code = 'ERR_REQUEST', message } = error as { code?: string; message: string };
    response.status(500).json({ error: { code, message } });
  };
  app.use(onError);
  const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', (error) => {
    if (error) throw error;
    console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  process.once('SIGTERM', () => {
    server.close();
    void close();
  });
}
