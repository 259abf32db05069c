import { messageOf } from '@warmset/registry/adapter';
import { CliError, usageError } from '../cli-error.js';

/** How long a server may take to answer about itself. */
const PATIENCE_MS = 10_000;

/** A server's address as it was typed: `127.0.0.1:8080` will do. @throws CliError (usage) */
export function serverUrl(text: string): URL {
  const spelled = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(spelled) ? new URL(spelled) : undefined;
  if (url === undefined || url.hostname === '')
    throw usageError(`${text} is no address: expected one such as http://127.0.0.1:8080`);
  return url;
}

/** A path of the server, below the one it was given with. */
export function pathOf(server: URL, path: string): string {
  return `${server.pathname.replace(/\/$/, '')}${path}`;
}

/** @throws CliError in words where the server does not answer, or not with what was asked for */
export async function getJson(server: URL, path: string): Promise<unknown> {
  const url = new URL(pathOf(server, path), server);
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    throw new CliError(`${server.origin} does not answer: ${reasonOf(error)}.`, undefined, { cause: error });
  }
  const text = await response.text();
  if (!response.ok) throw new CliError(`GET ${url} was answered with ${response.status}: ${errorIn(text)}`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`GET ${url} was answered with something other than JSON.`, undefined, {
      cause: error,
    });
  }
}

/** The protocol's `{"error": …}`, or the beginning of what came. */
export function errorIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Not the protocol's.
  }
  return text.slice(0, 200).trim() || 'nothing';
}

/** `fetch` says only that it failed; why is in the cause. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as Error;
  if (name === 'TimeoutError') return `not within ${PATIENCE_MS / 1000} s`;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ECONNREFUSED' ? 'nothing listens there' : messageOf(cause ?? error);
}
