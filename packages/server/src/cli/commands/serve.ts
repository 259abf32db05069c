import { type ModelMap, ModelRegistry } from '@warmset/registry';
import { closeOnSignals, createServer, type WarmsetServer } from '../../mounts/node.js';
import { CliError } from '../cli-error.js';
import { checkModels } from '../models/check-models.js';
import { createLogger, type Logger } from '../output/log.js';
import type { LogLevel } from '../output/log-levels.js';
import { StatusLine } from '../output/progress-bar.js';
import { terminalOf } from '../output/terminal.js';
import { formatBytes } from '../output/units.js';
import { tooLarge } from '../serve/budget.js';
import { lineStream } from '../serve/line-stream.js';
import { logLoads, showProgress } from '../serve/load-report.js';
import { planServe, type ServeFlags, type ServePlan } from '../serve/plan.js';

export interface ServeCommandFlags extends ServeFlags {
  readonly logLevel: LogLevel;
  readonly json?: boolean;
}

/** Serves until a signal ends it. Settles once it listens and every model's file has been looked at. */
export async function serve(
  target: string,
  { logLevel, json = false, ...flags }: ServeCommandFlags,
): Promise<void> {
  const plan = await planServe(target, flags);
  const terminal = terminalOf(process.stdout);
  const line = new StatusLine(terminal);
  const logger = createLogger({
    level: logLevel,
    json,
    colours: terminal.hasColours,
    destination: lineStream(line),
  });
  const registry = new ModelRegistry({ ...plan.registry, models: plan.models });
  logLoads(registry, logger);
  const server = createServer(registry, { logger, ...plan.server });
  const url = await listen(server, plan, logger);
  closeOnSignals(server, { timeoutMs: plan.shutdownTimeoutMs });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      line.clear();
      logger.info({ signal }, `${signal}: closing, for up to ${plan.shutdownTimeoutMs / 1000} s`);
    });
  }
  tell(plan, registry, url, logger);
  const preloaded = preloadedNames(plan);
  if (!json) showProgress(registry, preloaded, line, terminal);
  await tellOfFiles(registry, plan.models, preloaded, logger);
}

function preloadedNames({ server, models }: ServePlan): readonly string[] {
  const { preload = [] } = server;
  return preload === 'all' ? Object.keys(models) : preload;
}

/**
 * A model whose file is no good fails now, and not at its first request: the log, `/readyz` and every status then tell
 * of it while the others are served. One that can never fit is warned of.
 *
 * @param preloaded those that are loaded anyway
 */
async function tellOfFiles(
  registry: ModelRegistry,
  models: ModelMap,
  preloaded: readonly string[],
  logger: Logger,
): Promise<void> {
  const { broken, estimates } = await checkModels(models);
  const { budgetBytes } = registry.snapshot().memory;
  const warning = tooLarge(estimates, budgetBytes);
  if (warning !== undefined) logger.warn({ budgetBytes }, warning);
  for (const name of broken.filter((name) => !preloaded.includes(name))) {
    // The event `failed` is what is told of it.
    await registry.load(name).catch(() => undefined);
  }
}

/** @throws CliError where the port is in use or may not be used */
async function listen(server: WarmsetServer, { port, host }: ServePlan, logger: Logger): Promise<string> {
  try {
    return await server.listen({ port, host });
  } catch (error) {
    // Nothing was served yet: what there is to say is why.
    logger.level = 'silent';
    await server.close();
    throw new CliError(reasonOf(error as NodeJS.ErrnoException, port, host), undefined, { cause: error });
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException, port: number, host: string): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is in use. Give another one, or 0 for any free one: --port 0`;
  }
  if (code === 'EACCES')
    return `Port ${port} may not be used by this user: ports below 1024 are the system's.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `This machine has no address ${host} (${code}).`;
  return `It cannot listen on ${host}, port ${port}: ${message}.`;
}

/** Of the registry: under it, it loads inline what does not say otherwise. */
const SMALLEST_BUDGET_FOR_HOSTS = 64 * 2 ** 20;

function saysWhere(isolation: ServePlan['registry']['isolation']): boolean {
  return typeof isolation === 'string' || isolation?.kind !== undefined;
}

/** As many names as are read on one line. */
const MOST_NAMED = 20;

function tell(plan: ServePlan, registry: ModelRegistry, url: string, logger: Logger): void {
  const names = Object.keys(plan.models);
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  const { budgetBytes, budget } = registry.snapshot().memory;
  for (const note of plan.notes) logger.warn(note);
  logger.info(
    { models: names, budgetBytes },
    `${names.length === 1 ? '1 model' : `${names.length} models`}: ${names.slice(0, MOST_NAMED).join(', ')}${more}; ${formatBytes(budgetBytes)} of memory for them`,
  );
  // Where the budget is derived from a limit, how.
  if (typeof budget.option !== 'number') logger.info({ budget }, budget.sentence);
  if (budgetBytes < SMALLEST_BUDGET_FOR_HOSTS && !saysWhere(plan.registry.isolation))
    logger.info('a budget under 64 MiB: models run inline, in this process');
  const base = `${url}${plan.server.basePath ?? ''}`;
  const dashboard = plan.server.routes?.dashboard === false ? '' : `, dashboard at ${base}/dashboard`;
  logger.info({ url: base }, `listening on ${base}${dashboard}`);
}
