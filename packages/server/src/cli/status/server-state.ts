import { z } from 'zod';
import { CliError } from '../cli-error.js';
import { getJson } from '../commands/server-client.js';

// What the table shows; a server may say more, and older ones less.
const model = z.looseObject({
  state: z.string(),
  error: z.string().nullish(),
  leases: z.number().default(0),
  waiting: z.number().default(0),
  loads: z.number().default(0),
  evictions: z.number().default(0),
  runs: z.number().default(0),
  runFailures: z.number().default(0),
  memory: z.looseObject({ bytes: z.number(), source: z.string() }),
  load: z.looseObject({ lastMs: z.number(), progress: z.number().optional() }).optional(),
  run: z.looseObject({ p50Ms: z.number(), p95Ms: z.number(), p99Ms: z.number() }).optional(),
});
const models = z.record(z.string(), model);
const memory = z.looseObject({
  process_memory: z.looseObject({ rss_mb: z.number() }),
  budget: z.looseObject({ bytes: z.number(), used_bytes: z.number(), reserved_bytes: z.number() }),
});

/** A model as `/model-status` tells of it. */
export type ModelState = z.infer<typeof model>;

/** A running server as it tells of itself. */
export interface ServerState {
  readonly origin: string;
  readonly models: Readonly<Record<string, ModelState>>;
  readonly memory: z.infer<typeof memory>;
  /** The answers as they came. */
  readonly answers: { readonly models: unknown; readonly memory: unknown };
}

/** @throws CliError in words where the server does not answer, or is none of Warmset's */
export async function readServerState(server: URL): Promise<ServerState> {
  const [modelStatus, memoryStatus] = await Promise.all([
    getJson(server, '/model-status'),
    getJson(server, '/memory-status'),
  ]);
  const known = models.safeParse(modelStatus);
  const budget = memory.safeParse(memoryStatus);
  if (!known.success || !budget.success) {
    throw new CliError(`${server.origin} answers, but not as a Warmset server does.`);
  }
  return {
    origin: server.origin,
    models: known.data,
    memory: budget.data,
    answers: { models: modelStatus, memory: memoryStatus },
  };
}
