import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, extname } from 'node:path';
import { messageOf } from '@warmset/registry/adapter';
import { createJiti } from 'jiti';
import { usageError } from '../cli-error.js';
import type { WarmsetConfig } from './define.js';
import { locateJsonError } from './json-error.js';
import { type ConfigProblem, describeProblems } from './problems.js';
import { checkConfig } from './schema.js';

/**
 * Reads a config file and checks it against the schema.
 *
 * @param file absolute
 * @throws CliError (usage) with every problem on a line of its own
 */
export async function loadConfig(file: string): Promise<WarmsetConfig> {
  const source = (await readSource(file)).replace(/^\uFEFF/, '');
  const exported =
    extname(file).toLowerCase() === '.json' ? parseJson(file, source) : await importConfig(file);
  const problems = problemsOf(exported, file);
  if (problems.length === 0) return exported as WarmsetConfig;
  throw usageError(describeProblems(file, source, problems).join('\n'));
}

/** @throws CliError (usage) where looking at the config throws: a getter of it does */
function problemsOf(config: unknown, file: string): ConfigProblem[] {
  try {
    return checkConfig(config);
  } catch (error) {
    throw usageError(failureText(error, file), error);
  }
}

async function readSource(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw usageError(`${file} cannot be read: ${messageOf(error)}.`, error);
  }
}

function parseJson(file: string, source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw usageError(`${basename(file)}${jsonProblem(source, messageOf(error))}.`, error);
  }
}

/** Node's own words have the place in some versions only, and line breaks in others. */
function jsonProblem(source: string, message: string): string {
  const wrong = locateJsonError(source);
  if (wrong === undefined) return `: it is not valid JSON: ${message}`;
  const { line, column, expected, got } = wrong;
  return `:${line}:${column}: it is not valid JSON: expected ${expected}, got ${got}`;
}

/** @throws CliError (usage) where the file throws, does not parse, or exports no config */
async function importConfig(file: string): Promise<unknown> {
  // A config is read once, and a cached translation of it would be a file left behind.
  const jiti = createJiti(import.meta.url, {
    fsCache: false,
    moduleCache: false,
    tryNative: true,
    interopDefault: false,
    alias: await ownPackages(file),
  });
  let exported: Record<string, unknown>;
  let config: unknown;
  try {
    exported = await jiti.import<Record<string, unknown>>(file);
    // One that is made asynchronously is awaited.
    config = await exported.default;
  } catch (error) {
    throw usageError(failureText(error, file), error);
  }
  if (config !== undefined) return config;
  if (/\.c[jt]s$/i.test(file)) return exported;
  throw usageError(`${basename(file)}: it exports no config. End it in: export default defineConfig({ … })`);
}

/** Under `npx`, the project need not have this package for its config to import `defineConfig`. */
async function ownPackages(file: string): Promise<Record<string, string>> {
  const project = createRequire(file);
  const own = createRequire(import.meta.url);
  const missing: Record<string, string> = {};
  for (const name of ['@warmset/server', '@warmset/registry']) {
    if (resolves(project, name) === undefined) {
      const found = resolves(own, name);
      if (found !== undefined) missing[name] = found;
    }
  }
  return missing;
}

function resolves(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

/** What went wrong and in which line; a translated file has the lines of its source, and not its columns. */
function failureText(error: unknown, file: string): string {
  const message = messageOf(error).split('\n')[0]?.trim() ?? '';
  const missing = /^Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1];
  if (missing !== undefined && !/^[./]/.test(missing)) {
    return `${basename(file)}: it imports ${missing}, which is not installed. Run: npm install ${missing}`;
  }
  const line = new RegExp(`${escaped(file)}:(\\d+):\\d+`).exec((error as Error).stack ?? '')?.[1];
  return `${basename(file)}${line === undefined ? '' : `:${line}`}: ${message.replace(/\.$/, '')}.`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
