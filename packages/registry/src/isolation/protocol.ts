import type { ModelSignature } from '../tensor.js';
import type { WireError } from './wire-error.js';

/**
 * What goes between a registry and a host. Flat tuples, since each member of an object would be sent by name: on a
 * round trip of 13 numbers that is felt. `id` is a request's; a model goes by the id of the load that brought it.
 */
export type ToHost =
  | [kind: 'load', id: number, name: string, source: WireSource]
  | [kind: 'run', id: number, model: number, input: unknown, cancellable: boolean]
  | [kind: 'dispose', id: number, model: number]
  | [kind: 'cancel', id: number]
  | [kind: 'measure', id: number]
  | [kind: 'ping']
  | [kind: 'end'];

export type FromHost =
  | [kind: 'up', ownBytes: number]
  | [kind: 'ok', id: number, value: unknown]
  | [kind: 'error', id: number, error: WireError]
  /** The request threw its own signal's reason. */
  | [kind: 'aborted', id: number]
  /** The definition's module is there: what happens now is the model's own doing. */
  | [kind: 'imported', id: number]
  | [kind: 'progress', id: number, fraction: number]
  | [kind: 'undisposed', id: number, error: WireError]
  /** Measured after runs: what the whole host holds, and the model that ran, where that can be told. */
  | [kind: 'held', hostBytes: number, model: number, bytes: number | undefined]
  | [kind: 'pong']
  /** Nothing is in flight any more, and all models are disposed of. */
  | [kind: 'ended'];

/** A portable source, with the places from which a bare specifier is resolved. */
export interface WireSource {
  readonly module: string;
  readonly export: string;
  readonly options: unknown;
  readonly from: readonly string[];
}

/** What a load answers. */
export interface LoadReply {
  readonly bytes: number | undefined;
  readonly source: 'process' | 'runtime' | 'rss' | undefined;
  readonly runtimeBytes: number | undefined;
  readonly atLeastBytes: number;
  readonly signature: ModelSignature | undefined;
  readonly runtime: string | undefined;
  /** What the whole host holds now. */
  readonly hostBytes: number;
}

/** What a dispose answers. */
export interface DisposeReply {
  /** What came back, where it could be told. */
  readonly freedBytes: number | undefined;
  readonly hostBytes: number;
}
