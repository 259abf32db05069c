import type { ModelMap } from '@warmset/registry';
import { ModelRegistry } from '@warmset/registry';
import { createServer, type NodeServerOptions } from '@warmset/server/node';

/** Ends what a test began. */
export const closers: (() => Promise<unknown>)[] = [];

/** The last first. One that finds fault does not keep the others from being closed. */
export async function closeAll(): Promise<void> {
  const faults: unknown[] = [];
  for (const close of closers.splice(0).reverse()) await close().catch((fault) => faults.push(fault));
  if (faults.length > 0) throw faults[0];
}

const silent = { error: () => {}, warn: () => {}, info: () => {} };

/** A server of these models in this process, and where its dashboard is. */
export async function serve<Models extends ModelMap>(
  models: Models,
  { port = 0, ...options }: NodeServerOptions & { port?: number } = {},
): Promise<{ registry: ModelRegistry<Models>; url: string; close: () => Promise<void> }> {
  const registry = new ModelRegistry({ models, isolation: 'inline', memory: { budgetBytes: 100_000_000 } });
  const server = createServer(registry, { logger: silent, events: { snapshotMs: 200 }, ...options });
  const close = () => server.close({ timeoutMs: 1_000 });
  closers.push(close);
  const url = await server.listen({ port });
  return { registry, url: `${url}${options.basePath ?? ''}/dashboard`, close };
}
