import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ModelDefinition } from '../definition.js';
import { describeValue, messageOf, modelError } from '../errors.js';
import type { WireSource } from './protocol.js';

/** @throws WarmsetError `ERR_MODEL_INVALID` where there is no such module or export; `ERR_LOAD_FAILED` where it throws */
export async function importDefinition(name: string, source: WireSource): Promise<ModelDefinition> {
  const invalid = (text: string, cause?: unknown) =>
    modelError('ERR_MODEL_INVALID', name, text, { retriable: false, ...(cause !== undefined && { cause }) });
  const url = resolveModule(source, (cause) =>
    invalid(
      `has a portable module that was not found: "${source.module}". Where the application is bundled, keep the ` +
        `adapter's package out of the bundle, or install it beside \`isolation.hostFile\``,
      cause,
    ),
  );
  if (isScriptOf(source, url)) {
    const text =
      `names ${source.module} as its portable module, which is the application itself: a host would start it once ` +
      `more. Move "${source.export}" into a file of its own`;
    throw invalid(text);
  }
  let module: Record<string, unknown>;
  try {
    module = await import(url);
  } catch (cause) {
    const text = `did not load: importing ${source.module} failed: ${messageOf(cause)}`;
    // A module that failed once fails the same way in the same host again.
    throw modelError('ERR_LOAD_FAILED', name, text, { cause, retriable: false });
  }
  const factory = module[source.export];
  if (typeof factory !== 'function') {
    const came = factory === undefined ? 'is not there' : `is ${describeValue(factory)}`;
    throw invalid(`names export "${source.export}" of ${source.module}, which ${came}; expected a function`);
  }
  const definition: unknown = await factory(source.options);
  if (typeof (definition as ModelDefinition | null | undefined)?.load !== 'function') {
    const came = describeValue(definition);
    throw invalid(`was given ${came} by export "${source.export}" of ${source.module}, not a definition`);
  }
  return definition as ModelDefinition;
}

function resolveModule({ module, from }: WireSource, missing: (cause?: unknown) => Error): string {
  if (path.isAbsolute(module) || module.startsWith('file:')) {
    const url = module.startsWith('file:') ? new URL(module) : pathToFileURL(module);
    if (!existsSync(fileURLToPath(url))) throw missing();
    return url.href;
  }
  if (/^(?:node|data):/.test(module)) return module;
  let failure: unknown;
  // Its own place last: where a bundled application says only where the host file is, its adapters are beside it.
  for (const place of [...from, import.meta.url]) {
    try {
      return pathToFileURL(createRequire(place).resolve(module)).href;
    } catch (cause) {
      failure ??= cause;
    }
  }
  throw missing(failure);
}

/** The script that the server was started with. */
function isScriptOf({ from: [script] }: WireSource, url: string): boolean {
  if (script === undefined || !url.startsWith('file:')) return false;
  const real = (file: string) => createRequire(file).resolve(fileURLToPath(file));
  try {
    return real(script) === real(url);
  } catch {
    // It was started from memory, or is gone.
    return false;
  }
}
