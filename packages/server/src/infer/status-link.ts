import type { ServerContext } from '../context.js';

/**
 * The way from a path to `/models/{model}`, which tells how a load comes along; none where those routes are off.
 *
 * @param path as routes are written, `:model` for a part that varies; only its depth matters
 */
export function statusLinkFrom(context: ServerContext, path: string, model: string): string | undefined {
  if (!context.settings.routes.models) return undefined;
  const depth = path.split('/').length - 2;
  return `${'../'.repeat(depth)}models/${encodeURIComponent(model)}`;
}
