import type { ModelMap, ModelRegistry, PreloadReport } from '@warmset/registry';
import { AdminGuard } from './admin.js';
import { createApp } from './app.js';
import type { ServerContext } from './context.js';
import { EventHub } from './events/hub.js';
import { BodyRoom } from './http/body-room.js';
import { Deadlines } from './infer/deadlines.js';
import { Traffic } from './infer/traffic.js';
import { ServerMetrics } from './metrics/server-metrics.js';
import { ModelFacts } from './model-facts.js';
import { resolveSettings, type ServerOptions } from './options.js';
import { Readiness } from './readiness.js';
import { Telemetry } from './telemetry/telemetry.js';

/** Answers requests for a registry; a function of the web's `Request` and `Response`, and what a server around it needs. */
export interface Handler {
  (request: Request): Promise<Response>;
  /**
   * Begins the preload, once; settles as {@link preloaded}. A server of `/node`, `/express` and `/fastify` does it itself;
   * else the first request does, a probe's say, so that a build which only imports the handler loads nothing.
   */
  start(): Promise<PreloadReport | undefined>;
  /** Settles once a preload that was begun has tried every model, with what it found; never rejects. `undefined` where there is none. */
  readonly preloaded: Promise<PreloadReport | undefined>;
  /** From now on `/readyz` and `/v2/health/ready` are red; requests are still answered. */
  drain(): void;
  /** Ends the event streams and lets go of the registry, which stays open: it is the caller's. */
  close(): void;
}

const contexts = new WeakMap<Handler, ServerContext>();

/**
 * Makes a registry's handler: the Open Inference Protocol V2, health, metrics and events, as `options` say.
 *
 * ```ts
 * const handler = createHandler(registry, { basePath: '/api/warmset' });
 * export { handler as GET, handler as POST };
 * ```
 *
 * @throws WarmsetError `ERR_MODEL_INVALID` that names the option, what came and what would be right;
 * `ERR_MODEL_NOT_FOUND` where `preload` names a model that is not there
 */
export function createHandler<Models extends ModelMap>(
  registry: ModelRegistry<Models>,
  options: ServerOptions = {},
): Handler {
  const settings = resolveSettings(options);
  // The routes know models by the names in paths, so the types of the registry's own names end here.
  const models = registry as unknown as ModelRegistry;
  const traffic = new Traffic(settings.limits.inFlight);
  const telemetry = new Telemetry(models, traffic, settings);
  const context: ServerContext = {
    registry: models,
    settings,
    admin: new AdminGuard(settings.admin, settings.cors),
    facts: new ModelFacts(models),
    traffic,
    bodies: new BodyRoom(settings.limits.bufferedBytes),
    deadlines: new Deadlines(),
    hub: new EventHub(models, settings.events, settings.logger),
    readiness: new Readiness(models, settings.preload, settings.logger, telemetry.settled),
    telemetry,
  };
  const metrics = settings.routes.metrics ? new ServerMetrics(models, traffic, settings.metrics) : undefined;
  const app = createApp(context, metrics);
  const { readiness } = context;
  const answer = async (request: Request) => {
    void readiness.start();
    return app.fetch(request);
  };
  const handler: Handler = Object.assign(answer, {
    start: () => readiness.start(),
    preloaded: readiness.preloaded,
    drain: () => readiness.drain(),
    close() {
      context.hub.close();
      context.facts.close();
      metrics?.close();
      telemetry.close();
    },
  });
  contexts.set(handler, context);
  return handler;
}

/** For the mounts, which answer what is hot without a `Request`. */
export function contextOf(handler: Handler): ServerContext {
  const context = contexts.get(handler);
  if (context === undefined) throw new TypeError('Expected what createHandler() returned.');
  return context;
}
