import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { WarmsetError } from '../errors.js';

/**
 * Beside the entry points, beside this file, or built from these sources. In a variable, since bundlers would take
 * `new URL('./…', import.meta.url)` for an asset and copy the file without the chunks that it imports.
 */
const PLACES = ['./isolation/host-main.js', './host-main.js', '../../dist/isolation/host-main.js'];

/** How to go on where a host cannot be started. */
const REMEDY =
  "Set `isolation: { hostFile }` to the package's dist/isolation/host-main.js, keep the package out of the bundle " +
  "(`external`; in Next.js `serverExternalPackages: ['@warmset/registry']`), or set `isolation: { fallback: 'inline' }`.";

/**
 * Where the built entry file of the hosts is.
 *
 * @param configured a path or a URL that is to be taken instead
 * @param base the module to start from; undefined in a CommonJS bundle, which has no `import.meta.url`
 * @throws WarmsetError `ERR_MODEL_INVALID`, marked `hostMissing`, that says what to configure
 */
export function findHostFile(configured?: string | URL, base: string | undefined = import.meta.url): URL {
  if (configured !== undefined) {
    const url = urlOf(configured);
    if (exists(url)) return url;
    throw hostMissing(`There is no host file at ${url} (\`isolation.hostFile\`). ${REMEDY}`);
  }
  const candidates = base?.startsWith('file:') ? PLACES.map((place) => new URL(place, base)) : [];
  const found = candidates.find(exists) ?? installed();
  if (found !== undefined) return found;
  const looked = [...candidates.map((url) => fileURLToPath(url)), 'the installed package'].join(', ');
  throw hostMissing(`The entry file of the hosts was not found (looked at ${looked}). ${REMEDY}`);
}

/** An error that `isolation: { fallback: 'inline' }` answers by loading inline. */
function hostMissing(message: string): WarmsetError {
  const error = new WarmsetError('ERR_MODEL_INVALID', message, { retriable: false });
  return Object.assign(error, { hostMissing: true });
}

/** The package as the application would resolve it: how it is found from within a bundle. */
function installed(): URL | undefined {
  for (const from of applicationPlaces()) {
    try {
      const manifest = createRequire(from).resolve('@warmset/registry/package.json');
      const url = new URL('./dist/isolation/host-main.js', pathToFileURL(manifest));
      if (exists(url)) return url;
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

/** File URLs from which the application's own imports would be resolved. */
export function applicationPlaces(): string[] {
  const script = process.argv[1];
  const places = script !== undefined && path.isAbsolute(script) ? [pathToFileURL(script).href] : [];
  return [...places, pathToFileURL(path.join(process.cwd(), 'package.json')).href];
}

function urlOf(file: string | URL): URL {
  if (file instanceof URL) return file;
  return file.startsWith('file:') ? new URL(file) : pathToFileURL(path.resolve(file));
}

function exists(url: URL): boolean {
  return url.protocol === 'file:' && existsSync(url);
}
