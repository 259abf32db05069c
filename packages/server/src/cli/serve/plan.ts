import { basename, dirname, relative, resolve } from 'node:path';
import type { ModelDefinition, ModelMap, RegistryOptions } from '@warmset/registry';
import type { NodeServerOptions } from '../../mounts/node.js';
import { usageError } from '../cli-error.js';
import type { ModelFile, WarmsetConfig } from '../config/define.js';
import { Adapters } from '../models/adapters.js';
import { kindOfFile } from '../models/find-models.js';
import { definitionFor, modelsOfFolder } from '../models/from-folder.js';
import { kindOfModel, kindOfPath, MODEL_FILES } from '../models/kind-of-path.js';
import { didYouMean } from '../output/did-you-mean.js';
import { type Budget, unlikelyBudget } from './budget.js';

/** What was given on the command line; it wins over the config. */
export interface ServeFlags {
  readonly port?: number;
  readonly host?: string;
  readonly preload?: 'all' | string[];
  readonly budget?: Budget;
  readonly adminToken?: string;
  /** `false` by `--no-dashboard`. */
  readonly dashboard?: boolean;
  readonly shutdownTimeout?: number;
}

/** Everything that serving needs, decided before anything is started. */
export interface ServePlan {
  readonly models: ModelMap;
  /** Lines about what was left out or renamed, or is hardly meant. */
  readonly notes: readonly string[];
  readonly registry: Omit<RegistryOptions, 'models'>;
  readonly server: NodeServerOptions;
  readonly port: number;
  readonly host: string;
  readonly shutdownTimeoutMs: number;
}

const DEFAULT_PORT = 8080;
/** Who can reach the server is to be a decision: by default only this machine. */
const DEFAULT_HOST = '127.0.0.1';
/** Kubernetes kills 30 s after SIGTERM. */
const DEFAULT_SHUTDOWN_MS = 25_000;

const SHORTEST_TOKEN = 16;

const CONFIG_FILES = /\.(ts|mts|cts|js|mjs|cjs|json)$/i;

/** @throws CliError (usage) where the target is nothing to serve */
export async function planServe(target: string, flags: ServeFlags): Promise<ServePlan> {
  const path = resolve(target);
  const kind = await kindOfPath(path);
  if (kind === undefined)
    throw usageError(`There is no ${target}: give a folder of models or a config file.`);
  if (kind === 'folder') return merge({ models: path }, dirname(path), flags);
  const isModel = kindOfFile(basename(path)) !== undefined;
  if (isModel || !CONFIG_FILES.test(path)) {
    const hint = isModel ? ` Serve its folder: ${dirname(target)}` : '';
    throw usageError(`${target} is neither a folder nor a config file (.ts, .js, .mjs, .json).${hint}`);
  }
  // What reads TypeScript and checks schemas is not needed for a folder.
  const { loadConfig } = await import('../config/load-config.js');
  return merge(await loadConfig(path), dirname(path), flags);
}

async function merge(config: WarmsetConfig, folder: string, flags: ServeFlags): Promise<ServePlan> {
  assertToken(flags.adminToken);
  const { models, notes } = await modelsOf(config.models, folder);
  const { models: _models, port, host, shutdownTimeoutMs, preload: configured, ...options } = config;
  const { memory, load, eviction, idleTimeoutMs, isolation, clock, ...handler } = options;
  const preload = flags.preload ?? configured ?? [];
  if (preload !== 'all') for (const name of preload) assertKnown(name, Object.keys(models));
  const budgetBytes = flags.budget ?? memory?.budgetBytes;
  const unlikely = unlikelyBudget(budgetBytes);
  return {
    models,
    notes: [...notes, ...(unlikely === undefined ? [] : [unlikely])],
    registry: {
      ...(load !== undefined && { load }),
      ...(eviction !== undefined && { eviction }),
      ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
      ...(isolation !== undefined && { isolation }),
      ...(clock !== undefined && { clock }),
      memory: { ...memory, ...(budgetBytes !== undefined && { budgetBytes }) },
    },
    server: {
      ...handler,
      preload,
      ...(flags.adminToken !== undefined && { admin: { ...handler.admin, token: flags.adminToken } }),
      ...(flags.dashboard === false && { routes: { ...handler.routes, dashboard: false } }),
    },
    port: flags.port ?? port ?? DEFAULT_PORT,
    host: flags.host ?? host ?? DEFAULT_HOST,
    shutdownTimeoutMs: flags.shutdownTimeout ?? shutdownTimeoutMs ?? DEFAULT_SHUTDOWN_MS,
  };
}

/** @param folder the config's: paths in it start there */
async function modelsOf(
  given: WarmsetConfig['models'],
  folder: string,
): Promise<{ models: ModelMap; notes: readonly string[] }> {
  const adapters = new Adapters([folder, process.cwd()]);
  if (typeof given === 'string') {
    const searched = resolve(folder, given);
    if ((await kindOfPath(searched)) !== 'folder') throw usageError(`models: there is no folder ${given}.`);
    const found = await modelsOfFolder(searched, adapters);
    if (found.found.length > 0) return found;
    const skipped = found.notes.length === 0 ? '' : ` (${found.notes.join('; ')})`;
    throw usageError(
      `There is no model in ${relative(process.cwd(), searched) || '.'}: no .onnx, model.json, .h5, .keras or saved_model.pb${skipped}.`,
    );
  }
  const models = new Map<string, ModelDefinition>();
  for (const [name, model] of Object.entries(given))
    models.set(name, await definitionOf(name, model, folder, adapters));
  if (models.size === 0) throw usageError('The config has no model in "models".');
  // Not by assignment, which would lose one named `__proto__`, whose name is the registry's to refuse.
  return { models: Object.fromEntries(models), notes: [] };
}

async function definitionOf(
  name: string,
  model: ModelDefinition | ModelFile | string,
  folder: string,
  adapters: Adapters,
): Promise<ModelDefinition> {
  if (typeof model === 'object' && 'load' in model) return model as ModelDefinition;
  const { path, ...options } = typeof model === 'string' ? { path: model } : (model as ModelFile);
  const file = resolve(folder, path);
  const kind = await kindOfModel(file);
  if (kind === undefined) {
    throw usageError(`models.${name}: ${path} is no model: expected ${MODEL_FILES}.`);
  }
  return definitionFor(name, kind, file, adapters, options);
}

function assertKnown(name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw usageError(`preload: there is no model "${name}"; ${didYouMean(name, known)}`);
}

/** As `createServer` wants it, whose message would name an option that nobody gave. The token itself is not told. */
function assertToken(token: string | undefined): void {
  if (token === undefined || token.length >= SHORTEST_TOKEN) return;
  throw usageError(
    `--admin-token, or the variable WARMSET_ADMIN_TOKEN: expected at least ${SHORTEST_TOKEN} characters, got ${token.length}.`,
  );
}
