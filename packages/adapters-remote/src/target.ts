import { type Address, addressOf } from './address.js';
import type { RemoteModelOptions } from './options.js';

/** Which model is asked, and how: the options as they were when the model was defined, with their defaults. */
export interface Target {
  readonly address: Address;
  /** The model's, below which `/infer` and `/ready` are. */
  readonly path: string;
  /** Of every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly connections: number;
  readonly retries: number;
  readonly maxResponseBytes: number;
  readonly binary: boolean;
}

export function targetOf(options: RemoteModelOptions): Target {
  const { model, version, token, headers = {} } = options;
  const address = addressOf(options);
  const unversioned = `${address.prefix}/v2/models/${encodeURIComponent(model)}`;
  return {
    address,
    path: version === undefined ? unversioned : `${unversioned}/versions/${encodeURIComponent(version)}`,
    headers: {
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    timeoutMs: options.timeoutMs ?? 60_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    connections: options.connections ?? 64,
    retries: options.retries ?? 3,
    maxResponseBytes: options.maxResponseBytes ?? 256 * 2 ** 20,
    binary: options.binary ?? true,
  };
}
