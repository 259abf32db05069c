import { resolve } from 'node:path';
import type { RemoteModelOptions } from './options.js';

/** Where a server is. */
export interface Address {
  /** Scheme, host and port. */
  readonly origin: string;
  /** What comes before `/v2`; empty, or a path without a slash at its end. */
  readonly prefix: string;
  readonly socketPath: string | undefined;
  /** As messages show it. */
  readonly text: string;
}

export function addressOf({ url, socketPath }: RemoteModelOptions): Address {
  if (socketPath !== undefined) {
    const path = resolve(socketPath);
    // HTTP wants a host, also where none is connected to.
    return { origin: 'http://localhost', prefix: '', socketPath: path, text: `unix:${path}` };
  }
  const { origin, pathname } = new URL(url);
  const prefix = pathname.replace(/\/+$/, '');
  return { origin, prefix, socketPath: undefined, text: origin + prefix };
}

export function isAddress(value: unknown): boolean {
  if (typeof value !== 'string' && !(value instanceof URL)) return false;
  if (!URL.canParse(String(value))) return false;
  const { protocol, username, password, search, hash } = new URL(value);
  return (protocol === 'http:' || protocol === 'https:') && `${username}${password}${search}${hash}` === '';
}

/** Bytes that the system's `sun_path` holds besides its NUL; a longer path would be cut short, to another socket's. */
const LONGEST_SOCKET_PATH = process.platform === 'darwin' ? 103 : 107;

export function isSocketPath(value: unknown): boolean {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) return false;
  return Buffer.byteLength(resolve(value)) <= LONGEST_SOCKET_PATH;
}
